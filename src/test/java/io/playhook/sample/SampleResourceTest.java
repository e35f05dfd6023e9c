package io.playhook.sample;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class SampleResourceTest {

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void showsTheRequestAsItArrivedAndTheAnswerAsItCame() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(202).putHeader("X-Answer", "yes").end("it came: \u00e9"))) {
            int id = api.register(receiver.url(), Map.of("headers", Map.of("X-Own", "own")));
            JsonPath shown = test(id, "{}").then().statusCode(200).extract().jsonPath();

            Request request = receiver.await(1).get(0);
            assertThat(shown.getString("outcome")).isEqualTo("delivered");
            assertThat(shown.getString("reason")).isNull();
            assertThat(shown.getString("request.method")).isEqualTo("POST");
            assertThat(shown.getString("request.url")).isEqualTo(receiver.url());
            assertThat(shown.getString("request.body")).isEqualTo(request.text());
            Map<String, String> headers = shown.getMap("request.headers");
            assertThat(headers).containsEntry("X-Security-Key", "***").containsEntry("X-Own", "own");
            headers.forEach((name, value) -> assertThat(request.header(name))
                    .as(name)
                    .isEqualTo(name.equals("X-Security-Key") ? "secure-token" : value));
            request.headers()
                    .names()
                    .forEach(name ->
                            assertThat(headers.keySet()).anyMatch(shownName -> shownName.equalsIgnoreCase(name)));
            assertThat(shown.getInt("response.status")).isEqualTo(202);
            assertThat(shown.getMap("response.headers")).containsEntry("X-Answer", "yes");
            assertThat(shown.getString("response.body")).isEqualTo("it came: \u00e9");
            assertThat(shown.getInt("duration_ms")).isNotNegative();
        }
    }

    @Test
    void sendsWhatItIsToldElseAnEventThatTheWebhookSubscribesTo() {
        try (Receiver receiver = new Receiver()) {
            int id = api.registerForAll(receiver.url(), Map.of());
            test(id, "{}").then().statusCode(200);
            test(id, "{\"type\":\"playlist_destroy\",\"player\":{\"uuid\":\"own\",\"n\":1.50}}")
                    .then()
                    .statusCode(200);
            List<Request> requests = receiver.await(2);
            assertThat(requests.get(0).header("X-Playhook-Event")).isEqualTo("videofacade_create");
            assertThat(requests.get(1).header("X-Playhook-Event")).isEqualTo("playlist_destroy");
            assertThat(requests.get(1).text()).endsWith("\"player\":{\"uuid\":\"own\",\"n\":1.50}}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"webhook_disabled", "circuit_opened", "circuit_closed", "delivery_failed"})
    void anOperationalSampleTellsOfAWebhook(String type) {
        try (Receiver receiver = new Receiver()) {
            int id = api.register(receiver.url(), List.of(type, "playlist_create"), Map.of());
            test(id, "{\"type\":\"%s\"}".formatted(type)).then().statusCode(200);
            JsonPath sent = receiver.await(1).get(0).json();
            assertThat(sent.getString("type")).isEqualTo(type);
            assertThat(sent.getMap("webhook")).containsKeys("webhook_id", "url", "status", "circuit");
            assertThat(sent.getMap("").containsKey("delivery")).isEqualTo(type.equals("delivery_failed"));
            assertThat(sent.getMap("")).doesNotContainKey("player");

            test(id, "{\"type\":\"%s\",\"player\":{\"uuid\":\"a\"}}".formatted(type))
                    .then()
                    .statusCode(400)
                    .body("errors.field", equalTo(List.of("player")));
        }
    }

    @Test
    void isRecordedNowhereAndHarmsNoCircuit() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            int id = api.register(receiver.url());
            for (int i = 0; i < 25; i++) {
                test(id, "{}")
                        .then()
                        .statusCode(200)
                        .body("outcome", equalTo("rejected"))
                        .body("reason", equalTo("the receiver answered 500"))
                        .body("response.status", equalTo(500));
            }
            for (String table : List.of("delivery_queue", "deliveries", "attempts", "circuits")) {
                assertThat(Deliveries.query("select from %s where webhook_id = $1".formatted(table), Tuple.of(id)))
                        .as(table)
                        .isEmpty();
            }
        }
    }

    @Test
    void goesOutWhateverTheStatusOfTheWebhook() {
        try (Receiver receiver = new Receiver()) {
            int id = api.register(receiver.url());
            api.request().post("/v1/webhooks/{id}/pause", id);
            api.request().body(Map.of("state", "open")).put("/v1/webhooks/{id}/circuit", id);
            test(id, "{}").then().body("outcome", equalTo("delivered"));
        }
    }

    @Test
    void tellsWhyThereIsNoAnswer() {
        int refusing = api.register("http://127.0.0.1:1/");
        test(refusing, "{}")
                .then()
                .statusCode(200)
                .body("outcome", equalTo("unreachable"))
                .body("reason", notNullValue())
                .body("response", nullValue());
        int unresolved = api.register("http://no-such-name.invalid/");
        test(unresolved, "{}").then().statusCode(200).body("outcome", equalTo("unreachable"));
    }

    @Test
    void findsAForbiddenAddressToo() {
        int id = api.register("https://example.com/");
        // As if the name led there by now.
        Deliveries.query(
                "update webhooks set url = 'http://10.0.0.1/', version = version + 1 where id = $1", Tuple.of(id));
        test(id, "{}")
                .then()
                .statusCode(200)
                .body("outcome", equalTo("forbidden"))
                .body("response", nullValue());
    }

    /** Many a receiver for tests sends back what it got. */
    @Test
    void masksTheSecurityKeyInAnEcho() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) -> response.putHeader("X-Echo", request.header("X-Security-Key"))
                        .end(request.headers().toString()))) {
            int id = api.register(receiver.url());
            Response shown = test(id, "{}");
            shown.then().statusCode(200).body("response.headers.X-Echo", equalTo("***"));
            assertThat(shown.asString()).doesNotContain("secure-token");
        }
    }

    @Test
    void boundsHowManyAreUnderWay() {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            int id = api.register(receiver.url(), Map.of("timeout_ms", 1_500));
            List<CompletableFuture<Integer>> sent = IntStream.range(0, 11)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> test(id, "{}").statusCode(), command -> new Thread(command).start()))
                    .toList();
            assertThat(sent.stream().map(CompletableFuture::join).toList())
                    .containsOnly(200, 429)
                    .satisfiesOnlyOnce(status -> assertThat(status).isEqualTo(429));
            receiver.answers(Answer.status(200));
            test(id, "{}").then().statusCode(200);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"playlist\"} | type",
                "{\"type\":5} | type",
                "{\"player\":5} | player",
                "{\"player\":{}} | player.uuid",
                "{\"player\":{\"uuid\":\"\"}} | player.uuid",
                "{\"player\":{\"uuid\":\"a\",\"b\":\"\\ud800\"}} | player"
            })
    void refusesAFieldThatIsWrong(String body, String field) {
        int id = api.register("https://example.com/");
        test(id, body).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
    }

    private Response test(int id, String body) {
        return api.request().body(body).post("/v1/webhooks/{id}/test", id);
    }
}
