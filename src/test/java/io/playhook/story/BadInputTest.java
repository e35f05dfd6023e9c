package io.playhook.story;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.ApiDescription;
import io.playhook.testing.ApiDescription.Operation;
import io.playhook.testing.BadBodies;
import io.playhook.testing.BadBodies.BadBody;
import io.playhook.testing.GoodBodies;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever is sent, the answer is one that the API's description lists: a problem document, or a success after which what
 * was sent is stored or delivered exactly. Nothing of it gets into a log line, and no secret into an answer.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class BadInputTest {

    private static final AtomicInteger TRIED = new AtomicInteger();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final LogLines log = new LogLines();
    private Api api;
    private int webhookId;

    /** What the service logs while a test runs. */
    private static final class LogLines extends Handler {
        private final Queue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        public void publish(LogRecord entry) {
            lines.add(entry.getLevel() + " " + entry.getMessage() + " "
                    + (entry.getParameters() == null ? "" : List.of(entry.getParameters())) + " "
                    + (entry.getThrown() == null ? "" : entry.getThrown()));
        }

        @Override
        public void flush() {
            // nothing is held back
        }

        @Override
        public void close() {
            // nothing to close
        }
    }

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
        webhookId = api.register("https://example.com/");
        Logger.getLogger("").addHandler(log);
    }

    @AfterEach
    void nothingOfItIsInTheLog() {
        Logger.getLogger("").removeHandler(log);
        assertThat(log.lines)
                .noneMatch(line -> line.contains("INJECTED") || line.contains(BadBodies.MARKER))
                .noneMatch(line -> line.contains(api.token()))
                .noneMatch(line -> line.startsWith("SEVERE") || line.startsWith("ERROR"));
    }

    @AfterAll
    static void count() {
        System.out.printf("Bad input: %d bodies tried%n", TRIED.get());
    }

    static Stream<String> schemas() {
        return Stream.of(
                "NewWebhook",
                "WebhookPatch",
                "NewSecurityKey",
                "WantedCircuit",
                "NewReplay",
                "NewSample",
                "NewEvents",
                "TokenBody",
                "NewOrganization",
                "NewToken");
    }

    @Test
    void everyBodyOfTheApiIsTried() {
        assertThat(schemas())
                .containsExactlyInAnyOrderElementsOf(ApiDescription.operations().stream()
                        .flatMap(operation -> operation.bodySchema().stream())
                        .distinct()
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void answersABodyThatIsWrongAsAWhole(String schema) throws Exception {
        for (Operation operation : operations(schema)) {
            for (BadBody body : BadBodies.ofWhole(GoodBodies.of(operation).orElseThrow())) {
                judge(operation, body, send(operation, body.bytes()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void answersABodyWithAValueThatIsWrongAndKeepsOneThatIsNotExactly(String schema) throws Exception {
        Operation operation = operations(schema).get(0);
        for (BadBody body : BadBodies.ofFields(GoodBodies.of(operation).orElseThrow())) {
            HttpResponse<String> response = send(operation, body.bytes());
            judge(operation, body, response);
            if (response.statusCode() == 201) {
                keptExactly(schema, body, response);
            }
        }
    }

    @Test
    void deliversEveryPlayerThatItAcceptsByteForByte() throws Exception {
        try (Receiver receiver = new Receiver()) {
            registerForAll(receiver.url());
            Map<String, String> accepted = new HashMap<>();
            Operation operation = operations("NewEvents").get(0);
            for (BadBody body : BadBodies.ofFields(GoodBodies.of(operation).orElseThrow())) {
                HttpResponse<String> response = send(operation, body.bytes());
                judge(operation, body, response);
                if (response.statusCode() == 202) {
                    accepted.put(JSON.readTree(response.body()).get("event_id").textValue(), player(body.text()));
                }
            }
            assertThat(accepted).hasSizeGreaterThan(50);
            List<Receiver.Request> requests = receiver.await(accepted.size());
            assertThat(requests).allSatisfy(request -> {
                String delivered = request.text();
                assertThat(delivered).endsWith(",\"player\":" + accepted.get(request.header("webhook-id")) + "}");
                // What a decoder puts in the place of bytes that are no UTF-8.
                assertThat(delivered).doesNotContain("\ufffd");
            });
        }
    }

    /** Receivers' parsers refuse half a pair, and would do so on each retry: the publisher hears of it instead. */
    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\uDFFF", "\\udc00\\ud800", "\\ud83d\\\\ude00"})
    void refusesAPlayerWithHalfOfASurrogatePair(String half) throws Exception {
        Operation operation = operations("NewEvents").get(0);
        for (String player : List.of(
                "{\"uuid\":\"a\",\"name\":\"" + half + "\"}",
                "{\"uuid\":\"a\",\"" + half + "\":1}",
                "{\"uuid\":\"a\",\"deep\":[{\"er\":\"" + half + "\"}]}")) {
            String event = "{\"type\":\"playlist_update\",\"player\":" + player + "}";
            for (String body : List.of(event, "[" + event + "]")) {
                HttpResponse<String> response = send(operation, body.getBytes(StandardCharsets.UTF_8));
                assertThat(response.statusCode()).as(body).isEqualTo(400);
            }
        }
    }

    @Test
    void acceptsNumbersOfAThousandDigitsAndMore() throws Exception {
        String digits = "1234567890".repeat(1_000);
        try (Receiver receiver = new Receiver()) {
            registerForAll(receiver.url());
            String player = "{\"uuid\":\"a\",\"n\":[%1$s,-%1$s,0.%1$s,%1$se%1$s,1e999999,-0.0,1E+1]}".formatted(digits);
            String event = "{\"type\":\"playlist_update\",\"player\":" + player + "}";
            assertThat(send(operations("NewEvents").get(0), event.getBytes(StandardCharsets.UTF_8))
                            .statusCode())
                    .isEqualTo(202);
            assertThat(receiver.await(1).get(0).text()).endsWith(",\"player\":" + player + "}");
        }
    }

    /** An array of many faults was answered with a hundred times its size. */
    @Test
    void keepsTheAnswerToManyFaultsShort() throws Exception {
        String many = "[" + "1,".repeat(100_000) + "1]";
        Operation operation = operations("NewWebhook").get(0);
        String body = GoodBodies.of(operation).orElseThrow().replace("[\"playlist_create\"]", many);
        HttpResponse<String> response = send(operation, body.getBytes(StandardCharsets.UTF_8));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body().length()).isLessThan(1024 * 1024);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'; drop table webhooks; --",
                "1;select 1",
                "$1",
                "%25",
                "\\",
                "\u0000",
                "1\n",
                "1\r\nINJECTED",
                "-1",
                "0",
                "01",
                "1.0",
                "1e3",
                "0x1",
                "9999999999",
                "\u0661",
                "..",
                "\ud83d\ude00",
                "{webhookId}"
            })
    void answersAPathOrAQueryThatIsWrong(String text) throws Exception {
        String encoded =
                java.net.URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        for (Operation operation : ApiDescription.operations()) {
            Map<String, String> ids = new HashMap<>();
            operation.pathParameters().forEach(name -> ids.put(name, encoded));
            String query =
                    ("?limit=%1$s&after=%1$s&auth_token=%1$s&status=%1$s&event=%1$s&type=%1$s&webhook_id=%1$s&event_id=%1$s"
                                    + "&player_uuid=%1$s&since=%1$s&until=%1$s")
                            .formatted(encoded);
            HttpResponse<String> response = exchange(
                    operation,
                    operation.path(ids) + query,
                    GoodBodies.of(operation).orElse("").getBytes(StandardCharsets.UTF_8));
            judge(operation, new BadBody(text, "", new byte[0]), response);
            HttpResponse<String> withoutHeader = client.send(
                    HttpRequest.newBuilder(uri("/v1/webhooks/1?auth_token=" + encoded))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(withoutHeader.statusCode()).isEqualTo(401);
        }
    }

    /** Written to a socket: no client library lets such headers out. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization",
                "Idempotency-Key",
                "traceparent",
                "Content-Type",
                "Accept",
                "Host",
                "Content-Length",
                "X-Any"
            })
    void answersAHeaderThatIsWrong(String name) throws IOException {
        String event = GoodBodies.of(operations("NewEvents").get(0)).orElseThrow();
        for (String value : List.of(
                "",
                "\u0000",
                "a\rb",
                "a\u0007b",
                "\u00e9\u00ff",
                "'; drop table webhooks; --",
                "$1%s%n",
                "\\",
                "-1",
                "+5",
                "99999999999999999999",
                "x".repeat(7_000),
                "Bearer",
                "Bearer ",
                "Bearer \u00e9",
                "Basic YTpi",
                "a,b;c=\"",
                "INJECTED\r\n folded",
                BadBodies.MARKER)) {
            String answer = raw("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + (name.equals("Authorization") ? "" : "Authorization: Bearer " + api.token() + "\r\n")
                    + (name.equals("Content-Length") ? "" : "Content-Length: " + event.length() + "\r\n")
                    + name + ": " + value + "\r\n\r\n" + event);
            TRIED.incrementAndGet();
            if (!answer.isEmpty()) {
                assertThat(answer)
                        .as("%s: %s", name, value)
                        .startsWith("HTTP/1.1 ")
                        .doesNotContain("HTTP/1.1 5");
                assertThat(answer).doesNotContain(api.token());
            }
        }
    }

    private List<Operation> operations(String schema) {
        return ApiDescription.operations().stream()
                .filter(operation ->
                        operation.bodySchema().filter(schema::equals).isPresent())
                .toList();
    }

    private HttpResponse<String> send(Operation operation, byte[] body) throws Exception {
        TRIED.incrementAndGet();
        Map<String, Object> ids = Map.of(
                "organizationId",
                api.organizationId(),
                "webhookId",
                webhookId,
                "tokenId",
                1,
                "eventId",
                "0199c0de-0000-7000-8000-000000000000",
                "deliveryId",
                "0199c0de-0000-7000-8000-000000000000",
                "replayId",
                1);
        return exchange(operation, operation.path(ids), body);
    }

    private HttpResponse<String> exchange(Operation operation, String pathAndQuery, byte[] body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(pathAndQuery))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(operation.method(), BodyPublishers.ofByteArray(body));
        if (!operation.bodySchema().equals(java.util.Optional.of("TokenBody"))) {
            // The body of a deletion is read for its token only, so there it must be the only one.
            String token = operation.isForAdmin() ? PlayhookDatabase.ADMIN_TOKEN : api.token();
            request.header("Authorization", "Bearer " + token);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static URI uri(String pathAndQuery) {
        return URI.create("http://localhost:" + RestAssured.port + pathAndQuery);
    }

    private void judge(Operation operation, BadBody body, HttpResponse<String> response) throws IOException {
        int status = response.statusCode();
        assertThat(operation.statuses()).as("%s, %s", operation, body).contains(status);
        if (status >= 400) {
            assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
            JsonNode problem = JSON.readTree(response.body());
            assertThat(problem.get("status").intValue()).isEqualTo(status);
            assertThat(problem.get("error")).isEqualTo(problem.get("detail"));
            assertThat(response.body()).doesNotContain(api.token(), PlayhookDatabase.ADMIN_TOKEN, "\"a-key\"");
            if (List.of("security_key", "auth_token").contains(body.field())) {
                assertThat(response.body()).as(body.toString()).doesNotContain(BadBodies.MARKER);
            }
        }
    }

    private void keptExactly(String schema, BadBody body, HttpResponse<String> response) throws Exception {
        JsonNode answer = JSON.readTree(response.body());
        if (schema.equals("NewOrganization")) {
            assertThat(answer.get("name"))
                    .as(body.toString())
                    .isEqualTo(JSON.readTree(body.bytes()).get("name"));
        }
        if (schema.equals("NewWebhook")) {
            HttpRequest get = HttpRequest.newBuilder(
                            uri("/v1/webhooks/" + answer.get("webhook_id").intValue()))
                    .header("Authorization", "Bearer " + api.token())
                    .build();
            String sent = body.text();
            String url = sent.substring(sent.indexOf("\"url\":"), sent.indexOf("\"security_key\":"));
            String settings = sent.substring(sent.indexOf("\"settings\":"), sent.lastIndexOf('}'));
            assertThat(client.send(get, BodyHandlers.ofString()).body())
                    .as(body.toString())
                    .contains(url, settings + ",");
        }
    }

    private void registerForAll(String url) {
        api.request()
                .body(Map.of(
                        "url",
                        url,
                        "security_key",
                        "key",
                        "event_subscriptions",
                        List.of("playlist_update"),
                        "settings",
                        Map.of("max_concurrency", 100)))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    /** The last value of an event, as it stands there. */
    private static String player(String event) {
        return event.substring(event.indexOf("\"player\":") + 9, event.lastIndexOf('}'));
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(3_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            try {
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (java.net.SocketException | java.net.SocketTimeoutException cut) {
                // An answer that never comes because the request is never complete, or a connection that is cut.
                return "";
            }
        }
    }
}
