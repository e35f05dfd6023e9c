package io.playhook.story;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever is sent to the API, it answers with a problem document that names no secret, or takes it exactly as it came. It
 * never fails.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class BadInputTest {

    private static final String SECRET = "the-very-secret-key";
    private static final String EVENT =
            "{\"type\": \"videofacade_update\", \"player\": {\"uuid\": \"p\"}, \"idempotency_key\": \"k\"}";
    private static final String WEBHOOK =
            "{\"url\": \"https://example.com/hook\", \"security_key\": \"" + SECRET + "\", "
                    + "\"event_subscriptions\": [\"playlist_create\"], \"settings\": {\"description\": \"d\", "
                    + "\"headers\": {\"X-Mine\": \"v\"}, \"security_key_header\": \"X-Key\"}}";
    private static final String ORGANIZATION = "{\"name\": \"n\", \"parent_id\": null}";
    private static final String TOKEN = "{\"scopes\": [\"events:read\"], \"expires_at\": \"2999-01-01T00:00:00Z\"}";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void everyBodyGetsAnAnswerOfTheContract() throws Exception {
        Api api = Api.ofNewOrganization();
        Map<String, String> valid = new LinkedHashMap<>();
        valid.put("/v1/events", EVENT);
        valid.put("/v1/webhooks", WEBHOOK);
        valid.put("/dashboard/v1/organizations/%d/webhooks/players".formatted(api.organizationId()), WEBHOOK);
        valid.put("/v1/admin/organizations", ORGANIZATION);
        valid.put("/v1/admin/organizations/%d/tokens".formatted(api.organizationId()), TOKEN);
        int tried = 0;
        SoftAssertions softly = new SoftAssertions();
        for (Map.Entry<String, String> resource : valid.entrySet()) {
            String token = resource.getKey().startsWith("/v1/admin") ? PlayhookDatabase.ADMIN_TOKEN : api.token();
            for (byte[] body : bodies(resource.getValue())) {
                check(softly, resource.getKey(), body, post(resource.getKey(), token, body));
                tried++;
            }
        }
        System.out.printf("Bad input: %d bodies tried%n", tried);
        softly.assertAll();
        // Still there, after all that SQL.
        api.publish("p");
        assertThat(Deliveries.query("select 1 from webhooks limit 1", io.vertx.mutiny.sqlclient.Tuple.tuple()))
                .hasSize(1);
    }

    @Test
    void everyParameterAndHeaderGetsAnAnswerOfTheContract() throws Exception {
        Api api = Api.ofNewOrganization();
        SoftAssertions softly = new SoftAssertions();
        for (String value : List.of(
                "'; drop table webhooks; --",
                "$1",
                "%00",
                "\u0000",
                "1 or 1=1",
                "-1",
                "0",
                "9".repeat(1_000),
                "1e3",
                "١",
                "\\",
                "..%2f..",
                "\ud83d\ude00",
                "\r\nX-Injected: 1",
                "null",
                "a".repeat(3_000))) {
            String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
            for (String path : List.of(
                    "/v1/webhooks/" + encoded,
                    "/v1/admin/organizations?limit=" + encoded,
                    "/v1/admin/organizations?after=" + encoded,
                    "/v1/admin/organizations/" + encoded + "/tokens",
                    "/v1/webhooks/1?auth_token=" + encoded,
                    "/" + encoded)) {
                String token = path.startsWith("/v1/admin") ? PlayhookDatabase.ADMIN_TOKEN : api.token();
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(uri(path))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                check(softly, "GET " + path, new byte[0], response);
                assertThat(response.headers().firstValue("X-Injected")).isEmpty();
            }
            if (value.chars().allMatch(c -> c >= ' ' && c < 127)) {
                for (String header : List.of("Idempotency-Key", "traceparent", "Authorization", "Accept-Language")) {
                    HttpRequest.Builder request = HttpRequest.newBuilder(uri("/v1/events"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"type\": \"videofacade_update\", \"player\": {\"uuid\": \"p\"}}"));
                    if (!header.equals("Authorization")) {
                        request.header("Authorization", "Bearer " + api.token());
                    }
                    check(
                            softly,
                            header + ": " + value,
                            new byte[0],
                            client.send(request.header(header, value).build(), HttpResponse.BodyHandlers.ofString()));
                }
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"uuid\":\"p\",\"n\":INTEGER}",
                "{\"uuid\":\"p\",\"n\":-0.FRACTION}",
                "{\"uuid\":\"p\",\"n\":1e999999,\"m\":-0,\"o\":1E-400}",
                "{\"uuid\":\"p\",\"a\":{\"b\":1,\"b\":2,\"b\":{}}}",
                "{\"uuid\":\"p\",\"s\":\"\\u0000 \\ud800 \\udc00\\ud800 \\u00e9 \\/ \\u2028\"}",
                "{ \"uuid\" :\t\"p\" ,\n \"deep\" : DEEP }",
                "{\"uuid\":\"\\u0070\",\"\":\"\",\"\\u0000\":null}",
                "{\"uuid\":\"'; drop table events; --\",\"$1\":\"%s{}\"}",
                "{\"uuid\":\"\ud83d\ude00\",\"s\":\"\u202e\ufeff\"}"
            })
    void deliversAPlayerByteForByteHoweverOdd(String template) throws Exception {
        String player = template.replace("INTEGER", "1234567890".repeat(100))
                .replace("FRACTION", "0123456789".repeat(100))
                .replace("DEEP", "[".repeat(400) + "]".repeat(400));
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("ordering", "player", "coalesce_ms", 1));
            String event = "{\"type\": \"videofacade_update\", \"player\": " + player + "}";
            HttpResponse<String> response = post("/v1/events", api.token(), event.getBytes(StandardCharsets.UTF_8));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
            assertThat(receiver.await(1).get(0).text()).endsWith(",\"player\":" + player + "}");
        }
    }

    private static List<byte[]> bodies(String valid) {
        List<byte[]> bodies = new ArrayList<>();
        for (int length = 0; length < valid.length(); length += 3) {
            bodies.add(utf8(valid.substring(0, length)));
        }
        for (String text : List.of(
                "null",
                "0",
                "-",
                "1".repeat(1_000),
                "\"text\"",
                "true",
                "[]",
                "[null]",
                "[[]]",
                "{}",
                "{\"\":null}",
                "{\"a\":1}{\"b\":2}",
                "// comment\n{}",
                "{'type': 'x'}",
                "{\"type\": NaN}",
                "[".repeat(10_000),
                "[".repeat(10_000) + "]".repeat(10_000),
                "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
                "\ufeff" + valid,
                valid + valid,
                valid + "garbage",
                valid.replace("}", ",,}"),
                valid.replace("{", "{\"auth_token\": {\"deep\": [1]},"),
                valid.replace("{", "{\"auth_token\": \"\\u0000\","))) {
            bodies.add(utf8(text));
        }
        bodies.add(valid.getBytes(StandardCharsets.UTF_16));
        bodies.add(valid.getBytes(StandardCharsets.UTF_16LE));
        for (String odd : List.of(
                "\"\"",
                "\"\\u0000\"",
                "\"\\ud800\"",
                "\"\\udc00\\ud800\"",
                "\"a\\u0000b\"",
                "\"a\\r\\nX-Injected: 1\"",
                "\"'; drop table webhooks; --\"",
                "\"$1 %s \\\\ {} ${jndi:ldap://x}\"",
                "\"=cmd|' /C calc'!A0\"",
                "\"" + "x".repeat(300_000) + "\"",
                "\"\u202e\ufeff\u0085\"",
                "1".repeat(1_000),
                "1e999999",
                "-1",
                "0.5",
                "null",
                "true",
                "[]",
                "{}",
                "[\"\\u0000\"]",
                "[\"a\",\"a\"]",
                "{\"\\u0000\":\"\\u0000\"}",
                "[".repeat(10_000) + "]".repeat(10_000),
                "{\"uuid\":\"\\u0000\"}",
                "{\"uuid\":\"\\ud800\"}",
                "{\"uuid\":\"p\",\"uuid\":\"q\"}",
                "{\"uuid\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}",
                "{\"deep\":" + "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + "}")) {
            // In the place of each value in turn, and once more beside it.
            for (String name : names(valid)) {
                bodies.add(utf8(valid.replaceFirst(
                        "\"" + name + "\": (\"[^\"]*\"|\\[[^\\]]*\\]|\\{[^{}]*\\}|null)",
                        java.util.regex.Matcher.quoteReplacement("\"" + name + "\": " + odd))));
                bodies.add(utf8(valid.replaceFirst(
                        "\\{", java.util.regex.Matcher.quoteReplacement("{\"" + name + "\": " + odd + ", "))));
            }
        }
        for (byte[] bytes : List.of(
                new byte[] {(byte) 0xff},
                new byte[] {(byte) 0xc0, (byte) 0xaf},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                new byte[] {(byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xe2, (byte) 0x82},
                new byte[] {0},
                new byte[] {10})) {
            for (String name : names(valid)) {
                byte[] body = utf8(valid.replaceFirst("\"" + name + "\": \"", "\"" + name + "\": \"@"));
                bodies.add(splice(body, new String(body, StandardCharsets.UTF_8).indexOf('@'), bytes));
            }
        }
        return bodies;
    }

    private static List<String> names(String valid) {
        return java.util.regex.Pattern.compile("\"([a-z_A-Z-]+)\": ")
                .matcher(valid)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static byte[] splice(byte[] body, int at, byte[] bytes) {
        int place = Math.max(0, at);
        byte[] spliced = new byte[body.length + bytes.length];
        System.arraycopy(body, 0, spliced, 0, place);
        System.arraycopy(bytes, 0, spliced, place, bytes.length);
        System.arraycopy(body, place, spliced, place + bytes.length, body.length - place);
        return spliced;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private HttpResponse<String> post(String path, String token, byte[] body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(String path) {
        return URI.create("http://localhost:" + RestAssured.port + path);
    }

    private static void check(SoftAssertions softly, String where, byte[] body, HttpResponse<String> response) {
        String text = new String(body, StandardCharsets.UTF_8);
        String what = "%s with %s".formatted(where, text.substring(0, Math.min(300, text.length())));
        softly.assertThat(response.statusCode())
                .as(what + ": " + response.body())
                .isBetween(200, 499);
        softly.assertThat(response.statusCode()).as(what).isNotIn(405, 415, 422, 431);
        if (response.statusCode() >= 400) {
            softly.assertThat(response.headers().firstValue("Content-Type"))
                    .as(what + ": " + response.statusCode())
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
            softly.assertThat(response.body()).as(what).doesNotContain(SECRET, "Exception", "org.postgresql");
            softly.assertThat(statusIn(response.body())).as(what).isEqualTo(response.statusCode());
        }
    }

    private static int statusIn(String problem) {
        try {
            return new JsonObject(problem).getInteger("status", 0);
        } catch (DecodeException noJson) {
            return -1;
        }
    }
}
