package io.playhook.replay;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ReplayTest {

    private static final String LONG_AGO = "2026-01-01T00:00:00Z";

    private Receiver receiver;
    private Api api;

    @BeforeEach
    void anOrganization() {
        receiver = new Receiver();
        api = Api.ofNewOrganization();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void sendsWhatFailedAgainWithTheNextNumber() {
        int webhook = failing(5);
        receiver.answers(Answer.status(200));

        int replay = begin(webhook, Map.of("since", LONG_AGO)).path("replay_id");

        JsonPath done = awaitEnd(replay);
        assertThat(done.getMap("").keySet())
                .containsExactly(
                        "replay_id",
                        "webhook_id",
                        "status",
                        "since",
                        "until",
                        "total",
                        "sent",
                        "created_at",
                        "finished_at");
        assertThat(done.getString("status")).isEqualTo("done");
        assertThat(done.getInt("webhook_id")).isEqualTo(webhook);
        assertThat(done.getString("since")).isEqualTo(LONG_AGO);
        assertThat(done.getInt("total")).isEqualTo(5);
        assertThat(done.getInt("sent")).isEqualTo(5);
        assertThat(Instant.parse(done.getString("finished_at")))
                .isAfterOrEqualTo(Instant.parse(done.getString("created_at")));
        api.request()
                .get("/v1/deliveries")
                .then()
                .body("data", hasSize(5))
                .body("data.status", equalTo(List.of("delivered", "delivered", "delivered", "delivered", "delivered")))
                .body("data.attempts_made", equalTo(List.of(2, 2, 2, 2, 2)));
        assertThat(receiver.requests().subList(5, 10))
                .allSatisfy(request ->
                        assertThat(request.header("X-Playhook-Attempt")).isEqualTo("2"));
        assertThat(received(0, 5)).isEqualTo(received(5, 10));
        String one = api.request().get("/v1/deliveries").path("data[0].delivery_id");
        api.request().get("/v1/deliveries/{id}", one).then().body("attempts.status_code", equalTo(List.of(500, 200)));
    }

    @Test
    void beginsTheRetryScheduleAnew() {
        receiver.answers(Answer.inTurn(500, 500, 500, 500, 200));
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("0s", "0s")));
        String event = api.publish("p").path("event_id");
        assertThat(Deliveries.awaitSettled(event).attempts()).isEqualTo(3);

        awaitEnd(begin(webhook, Map.of("since", LONG_AGO)).path("replay_id"));

        receiver.await(5);
        Deliveries.Settled settled = Deliveries.awaitSettled(event);
        assertThat(settled.status()).isEqualTo("delivered");
        assertThat(settled.statusCodes()).containsExactly(500, 500, 500, 500, 200);
    }

    @Test
    void givesUpWhereTheNewScheduleIsUsedUp() {
        receiver.answers(Answer.status(500));
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
        String event = api.publish("p").path("event_id");
        Deliveries.awaitSettled(event);

        awaitEnd(begin(webhook, Map.of("since", LONG_AGO)).path("replay_id"));

        receiver.await(4);
        assertThat(Deliveries.awaitSettled(event).status()).isEqualTo("failed");
        assertThat(receiver.requests()).hasSize(4);
    }

    @Test
    void sendsEachKindThatIsAskedForAndNoOther() {
        int webhook = api.register(receiver.url());
        List<String> delivered = publish(2);
        delivered.forEach(Deliveries::awaitSettled);
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        List<String> canceled = publish(2);
        Deliveries.query(
                "with gone as (delete from delivery_queue where webhook_id = $1 returning *) insert into deliveries"
                        + " (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at, settled_at)"
                        + " select event_id, webhook_id, organization_id, type, player_uuid, 'canceled', 0, accepted_at, now()"
                        + " from gone",
                Tuple.of(webhook));
        api.request().post("/v1/webhooks/{id}/resume", webhook).then().statusCode(200);
        receiver.await(2);

        awaitEnd(begin(webhook, Map.of("since", LONG_AGO)).path("replay_id"));
        assertThat(receiver.requests()).hasSize(2);

        JsonPath ofCanceled = awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "status", List.of("canceled")))
                .path("replay_id"));
        assertThat(ofCanceled.getInt("sent")).isEqualTo(2);
        receiver.await(4);
        assertThat(received(2, 4)).isEqualTo(canceled.stream().sorted().toList());
        canceled.forEach(Deliveries::awaitSettled);

        JsonPath ofDelivered =
                awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "status", List.of("delivered", "failed")))
                        .path("replay_id"));
        assertThat(ofDelivered.getInt("sent")).isEqualTo(4);
        receiver.await(8);
        List<String> all = new ArrayList<>(delivered);
        all.addAll(canceled);
        assertThat(received(4, 8)).isEqualTo(all.stream().sorted().toList());
    }

    /** A webhook that is registered today catches up with what happened before. */
    @Test
    void sendsWhatIsMissing() {
        List<String> before = publish(3);
        api.publish("videofacade_destroy", "p").then().statusCode(202);
        int webhook = api.request()
                .body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        "secure-token",
                        "event_subscriptions",
                        List.of("videofacade_update", "videofacade_create")))
                .post("/v1/webhooks")
                .path("webhook_id");
        String after = api.publish("p").path("event_id");
        Deliveries.awaitSettled(after);

        JsonPath done = awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "status", List.of("missing")))
                .path("replay_id"));

        assertThat(done.getInt("total")).isEqualTo(3);
        assertThat(done.getInt("sent")).isEqualTo(3);
        receiver.await(4);
        assertThat(received(1, 4)).isEqualTo(before.stream().sorted().toList());
        assertThat(receiver.requests().get(1).header("X-Playhook-Attempt")).isEqualTo("1");
        before.forEach(Deliveries::awaitSettled);
        awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "status", List.of("missing")))
                .path("replay_id"));
        assertThat(receiver.requests()).as("nothing is missing any more").hasSize(4);
    }

    @Test
    void keepsToTheWindowAndToTheTypes() {
        int webhook = api.register(receiver.url());
        List<String> events = publish(3);
        events.forEach(Deliveries::awaitSettled);
        String accepted = api.request().get("/v1/events/{id}", events.get(1)).path("accepted_at");

        JsonPath window = awaitEnd(begin(
                        webhook,
                        Map.of(
                                "since",
                                accepted,
                                "until",
                                Instant.parse(accepted).plusNanos(1_000).toString(),
                                "status",
                                List.of("delivered")))
                .path("replay_id"));
        assertThat(window.getInt("sent")).isEqualTo(1);
        receiver.await(4);
        assertThat(received(3, 4)).containsExactly(events.get(1));

        JsonPath types = awaitEnd(begin(
                        webhook,
                        Map.of(
                                "since",
                                LONG_AGO,
                                "status",
                                List.of("delivered", "missing"),
                                "types",
                                List.of("playlist_destroy")))
                .path("replay_id"));
        assertThat(types.getInt("total")).isZero();
        assertThat(receiver.requests()).hasSize(4);
    }

    /** A webhook may have millions that are older. */
    @Test
    void looksAtNothingThatIsOlderThanItsWindow() {
        int webhook = api.register(receiver.url());
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        Deliveries.query(
                "insert into deliveries (event_id, webhook_id, organization_id, attempts, status, type, player_uuid, accepted_at,"
                        + " settled_at) select (substr(first_id(now() - interval '2 hours')::text, 1, 14) || '7'"
                        + " || substr(gen_random_uuid()::text, 16))::uuid, $1, $2, 1, 'failed', '', '', now(), now()"
                        + " from generate_series(1, 3000)",
                Tuple.of(webhook, api.organizationId()));
        String since = Instant.now().minusSeconds(60).toString();

        JsonPath done = awaitEnd(begin(webhook, Map.of("since", since)).path("replay_id"));

        assertThat(done.getInt("total")).isZero();
        assertThat(Deliveries.query(
                                "select after_event >= first_id(since - interval '61 minutes') from replays where webhook_id = $1",
                                Tuple.of(webhook))
                        .get(0)
                        .getBoolean(0))
                .isTrue();
    }

    @Test
    void leavesOutWhatWasErased() {
        int webhook = failing(2);
        Deliveries.query(
                "update events set player = null where organization_id = $1 and id = (select id from events"
                        + " where organization_id = $1 order by id limit 1)",
                Tuple.of(api.organizationId()));
        receiver.answers(Answer.status(200));

        JsonPath done = awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "status", List.of("failed", "missing")))
                .path("replay_id"));

        assertThat(done.getInt("total")).isEqualTo(1);
        api.request().get("/v1/deliveries?status=failed").then().body("data", hasSize(1));
    }

    @Test
    void waitsWhileTheWebhookIsPausedAndRunsOneAtATime() {
        int webhook = failing(3);
        receiver.answers(Answer.status(200));
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);

        Response begun = begin(webhook, Map.of("since", LONG_AGO));
        int replay = begun.path("replay_id");

        begun.then()
                .statusCode(201)
                .header("Location", "/v1/replays/" + replay)
                .body("status", equalTo("running"))
                .body("total", nullValue())
                .body("sent", equalTo(0))
                .body("until", notNullValue())
                .body("finished_at", nullValue());
        Awaitility.await().until(() -> show(replay).get("total") != null);
        begin(webhook, Map.of("since", LONG_AGO))
                .then()
                .statusCode(400)
                .body("detail", equalTo("Replay %d of this webhook is running: one at a time.".formatted(replay)));
        assertThat(show(replay).getInt("sent")).isZero();
        assertThat(receiver.requests()).hasSize(3);

        api.request().post("/v1/webhooks/{id}/resume", webhook).then().statusCode(200);

        assertThat(awaitEnd(replay).getInt("sent")).isEqualTo(3);
        begin(webhook, Map.of("since", LONG_AGO)).then().statusCode(201);
    }

    @Test
    void opensNothingMoreOnceItIsCanceled() {
        int webhook = failing(3);
        receiver.answers(Answer.status(200));
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        int replay = begin(webhook, Map.of("since", LONG_AGO)).path("replay_id");

        for (int i = 0; i < 2; i++) {
            api.request()
                    .delete("/v1/replays/{id}", replay)
                    .then()
                    .statusCode(200)
                    .body("status", equalTo("canceled"))
                    .body("finished_at", notNullValue());
        }
        api.request().post("/v1/webhooks/{id}/resume", webhook).then().statusCode(200);
        String event = api.publish("q").path("event_id");

        assertThat(Deliveries.awaitSettled(event).status()).isEqualTo("delivered");
        api.request().get("/v1/deliveries?status=failed").then().body("data", hasSize(3));
        assertThat(show(replay).getInt("sent")).isZero();
    }

    @Test
    void endsWithItsWebhook() {
        int webhook = failing(3);
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        int replay = begin(webhook, Map.of("since", LONG_AGO)).path("replay_id");

        api.request().delete("/v1/webhooks/{id}", webhook).then().statusCode(200);

        assertThat(awaitEnd(replay).getString("status")).isEqualTo("canceled");
        begin(webhook, Map.of("since", LONG_AGO)).then().statusCode(404);
        api.request().get("/v1/webhooks/{id}/replays", webhook).then().statusCode(404);
    }

    @Test
    void isRefusedWhereTheWebhookIsDisabled() {
        receiver.answers(Answer.status(410));
        int webhook = api.register(receiver.url());
        Deliveries.awaitSettled(api.publish("p").path("event_id"));
        begin(webhook, Map.of("since", LONG_AGO))
                .then()
                .statusCode(400)
                .body("detail", equalTo("The webhook is disabled: resume it first."));
    }

    /** Measured from below: what is late is no faster than it may be. */
    @Test
    void keepsToItsRate() {
        int webhook = failing(7);
        receiver.answers(Answer.status(200));
        long began = System.nanoTime();

        awaitEnd(begin(webhook, Map.of("since", LONG_AGO, "rate_limit", 4)).path("replay_id"));

        assertThat(System.nanoTime() - began).isGreaterThan(700_000_000L);
        assertThat(receiver.requests()).hasSize(14);
    }

    @Test
    void saysWhyWhatItSendsWaits() {
        receiver.answers(Answer.status(500));
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("10h"), "max_concurrency", 1));
        String event = api.publish("p").path("event_id");
        Deliveries.awaitAttempts(event, 1);
        Deliveries.query(
                "with gone as (delete from delivery_queue where webhook_id = $1 returning *) insert into deliveries"
                        + " (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at, settled_at)"
                        + " select event_id, webhook_id, organization_id, type, player_uuid, 'failed', 1, accepted_at, now()"
                        + " from gone",
                Tuple.of(webhook));
        int replay = begin(webhook, Map.of("since", LONG_AGO)).path("replay_id");
        awaitEnd(replay);
        String delivery = api.request().get("/v1/deliveries").path("data[0].delivery_id");
        Deliveries.awaitAttempts(event, 2);
        api.request()
                .get("/v1/deliveries/{id}", delivery)
                .then()
                .body("why", startsWith("It waits for attempt 3 of 3, due at "));

        // As while others are before it.
        Deliveries.query(
                "update delivery_queue set replayed_after = attempts, due_at = now() - interval '1 s',"
                        + " leased_by = gen_random_uuid(), leased_until = now() + interval '1 minute' where webhook_id = $1",
                Tuple.of(webhook));
        api.request()
                .get("/v1/deliveries/{id}", delivery)
                .then()
                .body(
                        "why",
                        containsString(
                                "It is sent again by replay %d, at its pace behind what is new.".formatted(replay)));
    }

    @Test
    void listsTheNewestFirst() {
        int webhook = api.register(receiver.url());
        List<Integer> begun = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int replay = begin(webhook, Map.of("since", LONG_AGO)).path("replay_id");
            awaitEnd(replay);
            begun.add(0, replay);
        }
        Response first = api.request().get("/v1/webhooks/{id}/replays?limit=2", webhook);
        first.then().statusCode(200).body("data.replay_id", equalTo(begun.subList(0, 2)));
        api.request()
                .queryParam("limit", 2)
                .queryParam("after", first.<String>path("next"))
                .get("/v1/webhooks/{id}/replays", webhook)
                .then()
                .body("data.replay_id", equalTo(begun.subList(2, 3)))
                .body("next", nullValue());
    }

    @Test
    void hearsOfAllThatIsWrongWithARequest() {
        int webhook = api.register(receiver.url());
        Map<String, Object> body = new TreeMap<>();
        body.put("until", "yesterday");
        body.put("status", List.of("failed", "lost"));
        body.put("types", List.of());
        body.put("rate_limit", 0);
        begin(webhook, body)
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("since", "until", "status[1]", "types", "rate_limit")));
        begin(webhook, Map.of("since", LONG_AGO, "until", LONG_AGO))
                .then()
                .statusCode(400)
                .body("errors[0].field", equalTo("until"))
                .body("errors[0].message", equalTo("must be later than since"));
    }

    /** A webhook with so many deliveries that have failed. */
    private int failing(int count) {
        receiver.answers(Answer.status(500));
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of()));
        publish(count).forEach(Deliveries::awaitSettled);
        return webhook;
    }

    private List<String> publish(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> api.publish("p" + i).<String>path("event_id"))
                .toList();
    }

    private Response begin(int webhook, Map<String, Object> body) {
        return api.request().body(body).post("/v1/webhooks/{id}/replays", webhook);
    }

    private JsonPath show(int replay) {
        return api.request().get("/v1/replays/{id}", replay).jsonPath();
    }

    private JsonPath awaitEnd(int replay) {
        Awaitility.await().until(() -> !show(replay).getString("status").equals("running"));
        return show(replay);
    }

    /** The ids of the events that were received, sorted. */
    private List<String> received(int from, int to) {
        return receiver.requests().subList(from, to).stream()
                .map(request -> request.header("webhook-id"))
                .sorted()
                .toList();
    }
}
