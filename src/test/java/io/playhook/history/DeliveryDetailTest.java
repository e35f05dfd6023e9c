package io.playhook.history;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

/** Each state that a delivery can be in, as the service itself brings it about, and what it says of it. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DeliveryDetailTest {

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void showsADeliveryWithItsAttempts() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n == 1 ? 503 : 201).end("answer \u00e9 " + n))) {
            api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
            String event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            JsonPath shown = only(event).then().statusCode(200).extract().jsonPath();
            assertThat(shown.getString("why")).isEqualTo("It was delivered with attempt 2: the receiver answered 201.");
            assertThat(shown.getInt("attempts_made")).isEqualTo(2);
            assertThat(shown.getList("attempts.number")).containsExactly(1, 2);
            assertThat(shown.getList("attempts.outcome")).containsExactly("rejected", "delivered");
            assertThat(shown.getList("attempts.status_code")).containsExactly(503, 201);
            assertThat(shown.getList("attempts.reason")).containsExactly("the receiver answered 503", null);
            assertThat(shown.getList("attempts.response_body")).containsExactly("answer \u00e9 1", "answer \u00e9 2");
            assertThat(shown.getMap("attempts[0]").keySet())
                    .containsExactly(
                            "number", "started_at", "duration_ms", "outcome", "status_code", "reason", "response_body");
            // As a list shows it, and two fields more.
            Map<String, Object> listed =
                    api.request().get("/v1/deliveries").jsonPath().getMap("data[0]");
            Map<String, Object> alone = shown.getMap("");
            assertThat(alone).containsAllEntriesOf(listed).hasSize(listed.size() + 2);
        }
    }

    /** Who may read deliveries need not know the keys of webhooks. */
    @Test
    void masksTheSecurityKeyWhereAReceiverSendsBackWhatItGot() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n == 1 ? 503 : 200).end(request.headers() + "secure-toke"))) {
            api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
            String event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            List<String> bodies = only(event).jsonPath().getList("attempts.response_body");
            assertThat(bodies)
                    .hasSize(2)
                    .allSatisfy(body -> assertThat(body)
                            .containsIgnoringCase("x-security-key=***")
                            .endsWith("***")
                            .doesNotContain("secure-to"));
        }
    }

    @Test
    void waitsForItsRetry() {
        try (Receiver receiver = new Receiver().answers(Answer.status(503))) {
            api.register(receiver.url(), Map.of("retry_schedule", List.of("23h", "23h")));
            String event = api.publish("p").path("event_id");
            Deliveries.awaitAttempts(event, 1);
            only(event)
                    .then()
                    .body("status", equalTo("waiting"))
                    .body("next_attempt_at", notNullValue())
                    .body(
                            "why",
                            matchesPattern(
                                    "It waits for attempt 2 of 3, due at [-0-9T]*[0-9:]{8}Z: the receiver answered 503\\."))
                    .body("attempts", hasSize(1));
        }
    }

    @Test
    void isPausedAndThenCanceled() {
        int webhook = api.register("https://example.com/");
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        String event = api.publish("p").path("event_id");
        only(event)
                .then()
                .body("why", equalTo("It waits because the webhook is paused."))
                .body("attempts", hasSize(0));
        api.request().delete("/v1/webhooks/{id}", webhook).then().statusCode(200);
        Deliveries.awaitSettled(event);
        only(event)
                .then()
                .body("status", equalTo("canceled"))
                .body("reason", equalTo("the webhook was deleted"))
                .body("settled_at", notNullValue())
                .body("why", equalTo("It was canceled: the webhook was deleted."));
    }

    @Test
    void isHeldByAnOpenCircuit() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("1h")));
            for (int i = 0; i < 10; i++) {
                api.publish("p");
            }
            Awaitility.await("the circuit open")
                    .until(() -> !api.request()
                            .get("/v1/webhooks/{id}/circuit", webhook)
                            .path("state")
                            .equals("closed"));
            Deliveries.query(
                    "update circuits set open_until = now() + interval '1 hour', state = 'open' where webhook_id = $1",
                    Tuple.of(webhook));
            String event = api.publish("p").path("event_id");
            only(event)
                    .then()
                    .body(
                            "why",
                            matchesPattern("It waits because the webhook's circuit is open: the receiver is tried"
                                    + " again at [-0-9T]*[0-9:]{8}Z\\."));
            api.request()
                    .body(Map.of("state", "closed"))
                    .put("/v1/webhooks/{id}/circuit", webhook)
                    .then()
                    .statusCode(200);
            api.request()
                    .body(Map.of("state", "open"))
                    .put("/v1/webhooks/{id}/circuit", webhook)
                    .then()
                    .statusCode(200);
            String held = api.publish("p").path("event_id");
            only(held).then().body("why", equalTo("It waits because the webhook's circuit is held open by hand."));
        }
    }

    @Test
    void waitsForItsTurn() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            api.register(receiver.url(), Map.of("ordering", "player", "retry_schedule", List.of("1h")));
            String first = api.publish("p").path("event_id");
            Deliveries.awaitAttempts(first, 1);
            String second = api.publish("p").path("event_id");
            only(second)
                    .then()
                    .body("next_attempt_at", nullValue())
                    .body(
                            "why",
                            equalTo("It waits for its turn: the event %s of the same player is not settled yet."
                                    .formatted(first)));
        }
    }

    @Test
    void waitsForANewerUpdateAndIsSuperseded() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url(), Map.of("coalesce_ms", 3_600_000));
            String first = api.publish("p").path("event_id");
            only(first).then().body("why", matchesPattern("It waits until .* for a newer update of its player, .*"));
            api.publish("p");
            only(first)
                    .then()
                    .body("status", equalTo("superseded"))
                    .body("why", equalTo("It was not sent: a newer update of the player took its place."));
        }
    }

    @Test
    void isOnItsWayOrWaitsForOneThatIs() {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            api.register(receiver.url(), Map.of("max_concurrency", 1, "timeout_ms", 10_000));
            String first = api.publish("p").path("event_id");
            receiver.await(1);
            String second = api.publish("p").path("event_id");
            only(first)
                    .then()
                    .body("next_attempt_at", nullValue())
                    .body("why", equalTo("Attempt 1 is on its way to the receiver."));
            only(second)
                    .then()
                    .body("why", matchesPattern(".* one other: the webhook allows 1 at once \\(max_concurrency\\)\\."));
        }
    }

    @Test
    void waitsForTheRateLimit() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url(), Map.of("rate_limit", 0.01));
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            api.publish("p");
            String event = api.publish("p").path("event_id");
            Awaitility.await()
                    .until(
                            () -> only(event).path("why"),
                            matchesPattern(".* one other: the webhook allows 0.01 a second \\(rate_limit\\)\\."));
        }
    }

    @Test
    void failedOrIsGoneOrForbidden() {
        try (Receiver failing = new Receiver().answers(Answer.status(500));
                Receiver gone = new Receiver().answers(Answer.status(410))) {
            api.register(failing.url(), Map.of("retry_schedule", List.of("0s")));
            String event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            only(event)
                    .then()
                    .body("status", equalTo("failed"))
                    .body("why", equalTo("It failed: all 2 attempts failed, the last: the receiver answered 500."));

            api = Api.ofNewOrganization();
            api.register(gone.url());
            event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            only(event)
                    .then()
                    .body("attempts.outcome", equalTo(List.of("gone")))
                    .body("why", equalTo("It was canceled: the receiver answered 410 Gone."));

            api = Api.ofNewOrganization();
            int webhook = api.register("https://example.com/");
            Deliveries.query(
                    "update webhooks set url = 'http://10.0.0.1/', version = version + 1 where id = $1",
                    Tuple.of(webhook));
            event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            only(event)
                    .then()
                    .body("status", equalTo("failed"))
                    .body("attempts.outcome", equalTo(List.of("forbidden")))
                    .body("why", matchesPattern("It failed: .+\\."));
        }
    }

    @Test
    void isThereForItsOrganizationAlone() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            String event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            String id = idOf(event);
            Api other = Api.ofNewOrganization();
            int otherWebhook = other.register(receiver.url());
            other.request().get("/v1/deliveries/{id}", id).then().statusCode(404);
            // The event is ours, the webhook is theirs; and one that is no delivery at all.
            for (UUID madeUp : List.of(
                    io.playhook.delivery.Delivery.id(UUID.fromString(event), otherWebhook),
                    io.playhook.delivery.Delivery.id(UUID.fromString(event), 2_000_000_000),
                    UUID.randomUUID())) {
                api.request().get("/v1/deliveries/{id}", madeUp).then().statusCode(404);
                api.request().post("/v1/deliveries/{id}/retry", madeUp).then().statusCode(404);
            }
        }
    }

    private String idOf(String event) {
        return api.request().get("/v1/deliveries?event_id=" + event).path("data[0].delivery_id");
    }

    private Response only(String event) {
        return api.request().get("/v1/deliveries/{id}", idOf(event));
    }
}
