package io.playhook.story;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.MovableTicker;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

/** A receiver that keeps failing is left alone, and found again when it recovers. (The hold is 1 s here, not 30.) */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class CircuitTest {

    private static final Map<String, Object> PATIENT = Map.of("retry_schedule", List.of("1h", "1h"));

    @Inject
    MovableTicker ticker;

    @Test
    void opensProbesOnceForEachHoldAndClosesWhenTheReceiverRecovers() {
        // Ten failures open the circuit, the first probe fails too, the second succeeds.
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n <= 11 ? 500 : 200).end())) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), PATIENT);
            publish(api, 10);
            receiver.await(10);
            awaitState(webhookId, "open");

            publish(api, 5);
            List<Request> requests = receiver.await(12);
            Duration hold =
                    Duration.between(requests.get(9).at(), requests.get(10).at());
            Duration doubled =
                    Duration.between(requests.get(10).at(), requests.get(11).at());
            assertThat(hold).isGreaterThan(Duration.ofMillis(900));
            assertThat(doubled).isGreaterThan(Duration.ofMillis(1_900));

            // What was held back goes out as soon as the circuit is closed, each with all its attempts left.
            awaitState(webhookId, "closed");
            assertThat(receiver.await(15).subList(11, 15))
                    .extracting(request -> request.header("X-Playhook-Attempt"))
                    .containsOnly("1");
        }
    }

    @Test
    void sendsNothingWhileItIsOpenAndUsesUpNoAttempt() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), PATIENT);
            publish(api, 10);
            receiver.await(10);
            awaitState(webhookId, "open");
            hold(webhookId, Duration.ofHours(1));

            String heldBack = api.publish("held back").path("event_id");
            // Another webhook's delivery passes the whole way meanwhile: this one is held back, not merely late.
            try (Receiver other = new Receiver()) {
                Api elsewhere = Api.ofNewOrganization();
                elsewhere.register(other.url());
                Deliveries.awaitSettled(elsewhere.publish("marker").path("event_id"));
            }
            assertThat(receiver.requests()).hasSize(10);
            Row row = Deliveries.awaitAttempts(heldBack, 0);
            assertThat(row.getInteger("attempts")).isZero();
        }
    }

    @Test
    void aProbeThatIsGivenBackUnsentHoldsNothingUp() {
        // One request in a minute: the probe is claimed, but has to wait, and is given back when the webhook changes.
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("rate_limit", 0.01));
            Deliveries.awaitSettled(api.publish("first").path("event_id"));
            Deliveries.query(
                    "insert into circuits (webhook_id, state, since, open_until, hold_ms) values ($1, 'open', now(), now(), 1000)",
                    Tuple.of(webhookId));
            api.publish("second");
            awaitState(webhookId, "half_open");
            Object first = probe(webhookId);

            Awaitility.await("another probe taken, long before the first one's lease ends")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        // More than once: the probe is taken a moment before its delivery is held, and can be given
                        // back.
                        Deliveries.query(
                                "select pg_notify('playhook_webhook', $1)", Tuple.of(Integer.toString(webhookId)));
                        Object probe = probe(webhookId);
                        return probe != null && !probe.equals(first);
                    });
        }
    }

    @Test
    void aFailingReceiverHarmsNoOther() {
        try (Receiver failing = new Receiver().answers(Answer.never());
                Receiver healthy = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(failing.url(), Map.of("timeout_ms", 5_000));
            api.register(healthy.url());
            publish(api, 200);
            assertThat(healthy.await(200)).hasSize(200);
            // Its own limit, and not one request more.
            assertThat(failing.requests()).hasSize(20);
        }
    }

    @Test
    void disablesAWebhookAfterFiveDaysOfNothingButFailures() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("retry_schedule", List.of()));
            publish(api, 9);
            receiver.await(9);
            awaitState(webhookId, "closed");
            longAgo(webhookId, Duration.ofDays(5).plusMinutes(1));
            publish(api, 30);

            Awaitility.await("the webhook disabled")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        ticker.advance(Duration.ofSeconds(15));
                        return "disabled".equals(status(api, webhookId));
                    });

            assertThat(receiver.requests()).hasSizeGreaterThanOrEqualTo(20);
            api.publish("another").then().body("deliveries", equalTo(0));
        }
    }

    @Test
    void doesNotDisableAWebhookThatSucceededMeanwhile() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 500, 200, 500))) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("retry_schedule", List.of()));
            for (int i = 0; i < 2; i++) {
                Deliveries.awaitSettled(api.publish("p").path("event_id"));
            }
            awaitFailing(webhookId, true);
            longAgo(webhookId, Duration.ofDays(6));
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            awaitFailing(webhookId, false);
            ticker.advance(Duration.ofSeconds(15));
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            awaitFailing(webhookId, true);
            assertThat(status(api, webhookId)).isEqualTo("active");
        }
    }

    private static void publish(Api api, int count) {
        List<Object> events =
                Collections.nCopies(count, Map.of("type", "videofacade_update", "player", Map.of("uuid", "a-player")));
        api.request().body(events).post("/v1/events").then().statusCode(202);
    }

    private static String status(Api api, int webhookId) {
        return api.request().get("/v1/webhooks/{id}", webhookId).path("status");
    }

    private static void awaitState(int webhookId, String state) {
        Awaitility.await("the circuit " + state)
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        Deliveries.query("select state from circuits where webhook_id = $1", Tuple.of(webhookId))
                                .stream()
                                .anyMatch(row -> row.getString("state").equals(state)));
    }

    private static void awaitFailing(int webhookId, boolean failing) {
        Awaitility.await("failures on record: " + failing)
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Deliveries.query(
                                "select failing_since is not null as failing from circuits where webhook_id = $1",
                                Tuple.of(webhookId))
                        .stream()
                        .anyMatch(row -> row.getBoolean("failing") == failing));
    }

    /** What is in the database of its failures lies back so much longer. */
    private static void longAgo(int webhookId, Duration time) {
        Deliveries.query(
                "update circuits set failing_since = failing_since - $2 * interval '1 second' where webhook_id = $1",
                Tuple.of(webhookId, (double) time.toSeconds()));
    }

    private static Object probe(int webhookId) {
        return Deliveries.query("select probe_id from circuits where webhook_id = $1", Tuple.of(webhookId))
                .get(0)
                .getValue("probe_id");
    }

    private static void hold(int webhookId, Duration hold) {
        Deliveries.query(
                "update circuits set open_until = now() + $2 * interval '1 second' where webhook_id = $1",
                Tuple.of(webhookId, (double) hold.toSeconds()));
    }
}
