package io.playhook.delivery.circuit;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class CircuitResourceTest {

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void showsACircuitThatWasNeverOpen() {
        int id = api.register("https://example.com/");
        get(id).then()
                .statusCode(200)
                .body("state", equalTo("closed"))
                .body("since", nullValue())
                .body("next_probe_at", nullValue())
                .body("failures", equalTo(0))
                .body("history", hasSize(0));
    }

    @Test
    void tellsHowItCameToBeAsItIs() {
        // Ten failures open it, the first probe fails too, the second succeeds. (The hold is 1 s here, not 30.)
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n <= 11 ? 503 : 200).end())) {
            int id = api.register(receiver.url(), Map.of("retry_schedule", List.of("1h", "1h")));
            publish(12);
            awaitState(id, "open");
            JsonPath open = get(id).jsonPath();
            assertThat(Instant.parse(open.getString("next_probe_at"))).isAfter(Instant.parse(open.getString("since")));
            assertThat(open.getInt("failures")).isPositive();
            Awaitility.await("closed again").until(() -> history(id).get(0).startsWith("closed"));
            assertThat(history(id))
                    .containsExactly(
                            "closed: the receiver has recovered",
                            "half_open: a delivery goes out to try the receiver",
                            "open: the receiver answered 503",
                            "half_open: a delivery goes out to try the receiver",
                            "open: half or more of its last attempts failed");
            assertThat(api.request().get("/v1/webhooks/{id}", id).jsonPath().getMap("circuit"))
                    .containsEntry("state", "closed")
                    .containsEntry("since", get(id).path("since"));
        }
    }

    @Test
    void staysOpenByHandUntilItIsClosedByHand() {
        try (Receiver receiver = new Receiver();
                Receiver marker = new Receiver()) {
            int id = api.register(receiver.url());
            Response open = force(id, "open");
            open.then().statusCode(200).body("state", equalTo("open")).body("next_probe_at", nullValue());
            force(id, "open").then().body("since", equalTo(open.path("since"))).body("history", hasSize(1));
            api.register(marker.url());
            publish(5);
            marker.await(5);
            // Longer than a hold.
            Awaitility.await().pollDelay(java.time.Duration.ofMillis(1_500)).until(() -> true);
            assertThat(receiver.requests()).isEmpty();
            force(id, "closed").then().statusCode(200).body("state", equalTo("closed"));
            receiver.await(5);
            assertThat(history(id)).containsExactly("closed: closed by hand", "open: opened by hand");
        }
    }

    @Test
    void closesByHandWhatOpenedByItself() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n <= 10 ? 500 : 200).end())) {
            int id = api.register(receiver.url(), Map.of("retry_schedule", List.of("1h", "1h")));
            publish(10);
            awaitState(id, "open");
            Deliveries.query(
                    "update circuits set open_until = now() + interval '1 hour' where webhook_id = $1", Tuple.of(id));
            String event = api.publish("p").path("event_id");
            force(id, "closed").then().statusCode(200).body("failures", equalTo(0));
            assertThat(Deliveries.awaitSettled(event).status()).isEqualTo("delivered");
        }
    }

    @Test
    void keepsFiftyChanges() {
        int id = api.register("https://example.com/");
        for (int i = 0; i < 30; i++) {
            force(id, "open").then().statusCode(200);
            force(id, "closed").then().statusCode(200);
        }
        get(id).then().body("history", hasSize(50)).body("history[0].state", equalTo("closed"));
        assertThat(Deliveries.query("select from circuit_changes where webhook_id = $1", Tuple.of(id)))
                .hasSize(50);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"state\":null}",
                "{\"state\":5}",
                "{\"state\":\"half_open\"}",
                "{\"state\":\"OPEN\"}",
                "{\"state\":\"\"}"
            })
    void refusesAStateThatIsNone(String body) {
        int id = api.register("https://example.com/");
        api.request()
                .body(body)
                .put("/v1/webhooks/{id}/circuit", id)
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("state")));
        get(id).then().body("state", equalTo("closed"));
    }

    private void publish(int count) {
        for (int i = 0; i < count; i++) {
            api.publish("p");
        }
    }

    private Response get(int id) {
        return api.request().get("/v1/webhooks/{id}/circuit", id);
    }

    private Response force(int id, String state) {
        return api.request().body(Map.of("state", state)).put("/v1/webhooks/{id}/circuit", id);
    }

    private List<String> history(int id) {
        List<Map<String, String>> changes = get(id).jsonPath().getList("history");
        return changes.stream()
                .map(change -> change.get("state") + ": " + change.get("reason"))
                .toList();
    }

    private void awaitState(int id, String state) {
        Awaitility.await("the circuit " + state)
                .pollInterval(java.time.Duration.ofMillis(10))
                .until(() -> get(id).path("state").equals(state));
    }
}
