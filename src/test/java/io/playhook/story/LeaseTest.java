package io.playhook.story;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** A delivery belongs to who holds its lease. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class LeaseTest {

    @Test
    void aReportAfterTheLeaseWasLostChangesNothingButTheAttemptLog() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        Vertx.currentContext().owner().setTimer(700, timer -> response.end()))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            UUID eventId = UUID.fromString(api.publish("a-player").path("event_id"));
            receiver.await(1);
            Deliveries.query(
                    "update delivery_queue set leased_by = $2, leased_until = now() + interval '1 hour' where event_id = $1",
                    Tuple.of(eventId, UUID.randomUUID()));

            Awaitility.await("the attempt logged")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> !Deliveries.query("select 1 from attempts where event_id = $1", Tuple.of(eventId))
                            .isEmpty());

            assertThat(Deliveries.query("select attempts from delivery_queue where event_id = $1", Tuple.of(eventId)))
                    .hasSize(1);
            assertThat(Deliveries.query("select 1 from deliveries where event_id = $1", Tuple.of(eventId)))
                    .isEmpty();
        }
    }

    @Test
    void whatIsGivenBackKeepsItsPlace() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("rate_limit", 0.5));
            Deliveries.awaitSettled(api.publish("first").path("event_id"));
            UUID second = UUID.fromString(api.publish("second").path("event_id"));
            Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));
            Deliveries.query("select pg_notify('playhook_webhook', $1)", Tuple.of(Integer.toString(webhookId)));

            Row back = Deliveries.awaitAttempts(second.toString(), 0);

            assertThat(back.getOffsetDateTime("due_at")).isEqualTo(back.getOffsetDateTime("accepted_at"));
        }
    }

    @Test
    void aDeliveryThatIsSettledTwiceShowsTheSecondTime() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("retry_schedule", List.of()));
            String eventId = api.publish("a-player").path("event_id");
            assertThat(Deliveries.awaitSettled(eventId).status()).isEqualTo("failed");

            Deliveries.query("""
                    with opened as (
                        delete from deliveries where event_id = $1 returning *
                    ), earlier as (
                        insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code)
                        select event_id, webhook_id, attempts, last_started_at, last_duration_ms, last_outcome,
                               last_status_code
                        from opened
                    )
                    insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, attempts,
                                                due_at, accepted_at)
                    select event_id, webhook_id, organization_id, type, player_uuid, 0, attempts, now(), accepted_at
                    from opened
                    """, Tuple.of(UUID.fromString(eventId)));

            Awaitility.await("settled again")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> Deliveries.awaitSettled(eventId).status().equals("delivered"));
            assertThat(Deliveries.awaitSettled(eventId).attempts()).isEqualTo(2);
            assertThat(Deliveries.awaitSettled(eventId).statusCodes()).containsExactly(500, 200);
            assertThat(Deliveries.query(
                            "select 1 from delivery_queue where event_id = $1", Tuple.of(UUID.fromString(eventId))))
                    .isEmpty();
        }
    }

    @Test
    void aDeliveryWhoseEventIsGoneFailsAndSaysSo() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url());
            Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));
            String gone = api.publish("gone").path("event_id");
            String kept = api.publish("kept").path("event_id");
            Deliveries.query("delete from events where id = $1", Tuple.of(UUID.fromString(gone)));
            Deliveries.query("update webhooks set status = 'active' where id = $1", Tuple.of(webhookId));

            assertThat(Deliveries.awaitSettled(gone).reason()).isEqualTo("its event is not kept any more");
            assertThat(Deliveries.awaitSettled(kept).status()).isEqualTo("delivered");
        }
    }

    @Test
    void whatSeveralWebhooksWaitForReachesEachWholeThoughItIsClaimedTogether() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            Integer[] webhookIds =
                    Stream.generate(() -> api.register(receiver.url())).limit(3).toArray(Integer[]::new);
            Deliveries.query("update webhooks set status = 'paused' where id = any ($1)", Tuple.of(webhookIds));
            List<String> players = List.of("first", "second");
            players.forEach(api::publish);

            // Looked for once they are all due.
            Deliveries.query("update webhooks set status = 'active' where id = any ($1)", Tuple.of(webhookIds));

            List<String> expected = Arrays.stream(webhookIds)
                    .flatMap(id -> players.stream().map(player -> id + " " + player))
                    .toList();
            assertThat(receiver.await(6).stream().map(request -> new JsonObject(request.text())))
                    .extracting(body -> body.getInteger("webhook_id") + " "
                            + body.getJsonObject("player").getString("uuid"))
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void takesOverWhatADeadPodHeldOnceItsLeaseHasEnded() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url());
            Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));
            UUID eventId = UUID.fromString(api.publish("a-player").path("event_id"));
            Deliveries.query(
                    "update delivery_queue set leased_by = $2, leased_until = now() + interval '2 seconds' where event_id = $1",
                    Tuple.of(eventId, UUID.randomUUID()));
            long start = System.nanoTime();
            Deliveries.query("update webhooks set status = 'active' where id = $1", Tuple.of(webhookId));

            receiver.await(1);

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1_800));
        }
    }

    @Test
    void whatWasAcceptedIsSentAtOnceThoughThePublisherHungUpBeforeTheAnswer() throws IOException {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url());
            String event = "{\"type\": \"videofacade_update\", \"player\": {\"uuid\": \"a\"}}";
            String request = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Authorization: Bearer " + api.token() + "\r\nContent-Length: " + event.length() + "\r\n\r\n"
                    + event;
            for (int i = 0; i < 200; i++) {
                try (Socket socket = new Socket("localhost", RestAssured.port)) {
                    // Closing it like this resets the connection, and the server notices in the middle of its work.
                    socket.setSoLinger(true, 0);
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                    LockSupport.parkNanos(Duration.ofMillis(i % 10).toNanos());
                }
            }
            String last = api.publish("a-player").path("event_id");
            Deliveries.awaitSettled(last);
            Awaitility.await("nothing left to a lease")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> Deliveries.query(
                                    "select 1 from delivery_queue where webhook_id = $1", Tuple.of(webhookId))
                            .isEmpty());
            assertThat(receiver.requests()).hasSizeGreaterThan(20);
        }
    }

    @Test
    void keepsTheDeliveriesOfAPausedWebhookWaiting() {
        try (Receiver receiver = new Receiver();
                Receiver other = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url());
            api.register(other.url());
            Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));

            api.publish("a-player");
            other.await(1);
            api.publish("a-player");
            other.await(2);
            assertThat(receiver.requests()).isEmpty();

            Deliveries.query("update webhooks set status = 'active' where id = $1", Tuple.of(webhookId));
            assertThat(receiver.await(2)).hasSize(2);
        }
    }
}
