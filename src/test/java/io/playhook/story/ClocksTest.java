package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.MovableClock;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** A pod's clock may be wrong, and may jump: what is due goes by the database's, and how long something takes by neither. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ClocksTest {

    @Inject
    MovableClock clock;

    @AfterEach
    void backToNow() {
        clock.reset();
    }

    @Test
    void aPodWhoseClockIsAMinuteAheadDoesNotTakeWhatAnotherHolds() {
        clock.advance(Duration.ofMinutes(1));
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url());
            Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));
            UUID held = UUID.fromString(api.publish("held").path("event_id"));
            Deliveries.query(
                    "update delivery_queue set leased_by = $2, leased_until = now() + interval '30 s' where event_id = $1",
                    Tuple.of(held, UUID.randomUUID()));
            Deliveries.query("update webhooks set status = 'active' where id = $1", Tuple.of(webhookId));

            String fresh = api.publish("fresh").path("event_id");
            Deliveries.awaitSettled(fresh);
            awaitRounds();

            assertThat(receiver.requests())
                    .extracting(request -> request.header("webhook-id"))
                    .containsExactly(fresh);
        }
    }

    /** What waits for a second is claimed by a round, and lapsed leases are looked for in that time too. */
    private static void awaitRounds() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(503, 503, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("retry_schedule", List.of("1s", "1s")));
            Deliveries.awaitSettled(api.publish("a-player").path("event_id"));
        }
    }

    @Test
    void aRetryIsDueWhenItIsThoughThePodsClockIsAnHourBehind() {
        clock.advance(Duration.ofHours(-1));
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(503, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("retry_schedule", List.of("2s")));
            String eventId = api.publish("a-player").path("event_id");
            assertThat(Deliveries.awaitSettled(eventId).status()).isEqualTo("delivered");
            assertThat(Duration.between(
                            receiver.requests().get(0).at(),
                            receiver.requests().get(1).at()))
                    .isGreaterThan(Duration.ofMillis(1_700));
        }
    }

    @Test
    void aClockThatIsSetBackDoesNotStopAWebhookWithARateLimit() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("rate_limit", 5));
            Deliveries.awaitSettled(api.publish("before").path("event_id"));
            clock.advance(Duration.ofHours(-1));
            Deliveries.awaitSettled(api.publish("after").path("event_id"));
            assertThat(receiver.requests()).hasSize(2);
        }
    }
}
