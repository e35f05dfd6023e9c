package io.playhook.erasure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ErasureTest {

    private static final Map<String, Object> PATIENT = Map.of("retry_schedule", List.of("1h"));

    private Receiver receiver;
    private Receiver failing;
    private Api api;

    @Inject
    ErasureStore store;

    @BeforeEach
    void anOrganization() {
        receiver = new Receiver();
        failing = new Receiver().answers(Answer.status(500));
        api = Api.ofNewOrganization();
    }

    @AfterEach
    void close() {
        receiver.close();
        failing.close();
    }

    @Test
    void takesTheContentOfAPlayersEventsAndLeavesWhatIsOnRecordOfThem() {
        api.register(receiver.url());
        List<String> erased = IntStream.range(0, 3)
                .mapToObj(i -> api.publish("a-player").<String>path("event_id"))
                .toList();
        String other = api.publish("another").path("event_id");
        Api elsewhere = Api.ofNewOrganization();
        String others = elsewhere.publish("a-player").path("event_id");
        receiver.await(4);
        erased.forEach(Deliveries::awaitSettled);

        erase("a-player").then().statusCode(202).body("erased", equalTo(3)).body("$", not(hasItem("status")));
        for (String event : erased) {
            awaitErased(event);
            api.request()
                    .get("/v1/events/{id}", event)
                    .then()
                    .body("type", equalTo("videofacade_update"))
                    .body("player", nullValue())
                    .body("deliveries.status", equalTo(List.of("delivered")));
        }
        api.request().get("/v1/events/{id}", other).then().body("player.uuid", equalTo("another"));
        elsewhere.request().get("/v1/events/{id}", others).then().body("player.uuid", equalTo("a-player"));
        api.request()
                .get("/v1/events?player_uuid=a-player")
                .then()
                .body("data.player", equalTo(java.util.Arrays.asList(null, null, null)));
        String delivery = api.request()
                .get("/v1/deliveries?player_uuid=a-player")
                .then()
                .body("data", hasSize(3))
                .extract()
                .path("data[0].delivery_id");
        api.request()
                .post("/v1/deliveries/{id}/retry", delivery)
                .then()
                .statusCode(400)
                .body("detail", containsString("erased"));
        erase("a-player").then().statusCode(202).body("erased", equalTo(0));
    }

    @Test
    void whatIsPublishedLaterIsWhole() {
        api.publish("a-player");
        erase("a-player");
        String later = api.publish("a-player").path("event_id");
        awaitNothingRuns();
        api.request().get("/v1/events/{id}", later).then().body("player.uuid", equalTo("a-player"));
    }

    @Test
    void cancelsOpenDeliveriesWhateverHoldsThemBack() {
        Api folder = api.newFolder();
        int paused = folder.register(receiver.url());
        folder.request().post("/v1/webhooks/{id}/pause", paused).then().statusCode(200);
        int open = folder.register(receiver.url());
        folder.request()
                .body(Map.of("state", "open"))
                .put("/v1/webhooks/{id}/circuit", open)
                .then()
                .statusCode(200);
        int retrying = folder.register(failing.url(), PATIENT);
        folder.register(failing.url(), Map.of("retry_schedule", List.of("1h"), "ordering", "player"));
        folder.register(receiver.url(), Map.of("rate_limit", 0.01));
        int above = api.register(failing.url(), PATIENT);
        folder.publish("first").then().body("deliveries", equalTo(6));
        List<String> events = List.of(
                folder.publish("a-player").path("event_id"),
                folder.publish("a-player").path("event_id"));
        failing.await(8);
        for (String event : events) {
            Deliveries.awaitAttempt(event);
        }
        awaitNoneLeased(retrying, above);

        erase(folder, "a-player").then().statusCode(202).body("erased", equalTo(2));
        for (Api owner : List.of(folder, api)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> owner.request()
                            .get("/v1/deliveries?player_uuid=a-player")
                            .then()
                            .body("data", hasSize(owner == api ? 2 : 10))
                            .body("data.status", everyItem(equalTo("canceled")))
                            .body("data.reason", everyItem(equalTo("the content of its event was erased")))
                            .body("data.settled_at", everyItem(notNullValue())));
        }
        assertThat(statuses(folder, "first")).contains("waiting");

        // Whose turn it is was arranged anew.
        failing.answers(Answer.status(200));
        int before = failing.requests().size();
        folder.publish("a-player");
        failing.await(before + 3);
    }

    @Test
    void whatWasOnItsWayIsNotTriedAgain() {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        failing.answers((n, request, response) -> new Thread(() -> {
                    try {
                        mayAnswer.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    response.setStatusCode(500).end();
                })
                .start());
        api.register(failing.url(), PATIENT);
        String event = api.publish("a-player").path("event_id");
        failing.await(1);
        erase("a-player").then().body("erased", equalTo(1));
        awaitErased(event);
        assertThat(statuses(api, "a-player")).containsExactly("waiting");

        mayAnswer.countDown();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(statuses(api, "a-player")).containsExactly("canceled"));
        api.request().get("/v1/deliveries?player_uuid=a-player").then().body("data.attempts_made", equalTo(List.of(1)));
        awaitNothingRuns();
    }

    @Test
    void goesOnOverManySteps() {
        int events = 2 * ErasureStore.LOOKED_AT + 500;
        int webhook = api.register(receiver.url());
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        Deliveries.query("""
                with made as (
                    insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                    select (left(first_id(now())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1,
                           'videofacade_update', 'a-player', '{"uuid":"a-player"}', now(), now()
                    from generate_series(1, $2::int) returning id, type, player_uuid
                )
                insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
                select id, $3, $1, type, player_uuid, 10, now(), now() from made
                """, Tuple.of(api.organizationId(), events, webhook));
        erase("a-player").then().body("erased", equalTo(events));
        awaitNothingRuns();
        assertThat(Deliveries.query(
                        "select from events where organization_id = $1 and player is not null",
                        Tuple.of(api.organizationId())))
                .isEmpty();
        assertThat(Deliveries.query(
                        "select from deliveries where webhook_id = $1 and status = 'canceled'", Tuple.of(webhook)))
                .hasSize(events);
    }

    @Test
    void findsAnEventThatIsCommittedLate() {
        String late =
                new UUID(System.currentTimeMillis() << 16 | 0x7000, Long.MIN_VALUE | api.organizationId()).toString();
        api.publish("a-player");
        Deliveries.whileUncommitted(
                "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at) values"
                        + " ('%s', %d, 'playlist_update', 'a-player', '{}', now(), now())"
                                .formatted(late, api.organizationId()),
                () -> erase("a-player").then().statusCode(202));
        awaitErased(late);
    }

    @Test
    void severalPodsAtOneLeaveNothingOut() {
        List<String> events = IntStream.range(0, 50)
                .mapToObj(i -> api.publish("a-player").<String>path("event_id"))
                .toList();
        erase("a-player");
        IntStream.range(0, 8)
                .parallel()
                .forEach(i -> store.running()
                        .await()
                        .atMost(Duration.ofSeconds(10))
                        .forEach(id -> store.advance(id).await().atMost(Duration.ofSeconds(10))));
        events.forEach(this::awaitErased);
        awaitNothingRuns();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?player_uuid=", "?player_uuid=a%00b", "?player_uuid=%C2%85", "?player=a-player"})
    void aPlayerHasToBeNamed(String query) {
        api.request()
                .urlEncodingEnabled(false)
                .delete("/v1/events" + query)
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("player_uuid")));
    }

    @Test
    void anOrganizationThatIsDeletedLosesItsTokensWebhooksAndContent() {
        int webhook = api.register(receiver.url());
        int waiting = api.register(failing.url(), PATIENT);
        String event = api.publish("a-player").path("event_id");
        receiver.await(1);
        failing.await(1);

        delete(api.organizationId())
                .then()
                .statusCode(202)
                .body("status", equalTo("Successfully deleted the organization"));
        api.request().get("/v1/webhooks").then().statusCode(401);
        api.request()
                .body(Map.of("type", "playlist_update", "player", Map.of("uuid", "p")))
                .post("/v1/events")
                .then()
                .statusCode(401);
        assertThat(Deliveries.query(
                        "select from webhooks where id = any ($1) and status = 'deleted' and security_key is null",
                        Tuple.of(new Integer[] {webhook, waiting})))
                .hasSize(2);
        Awaitility.await()
                .untilAsserted(() -> assertThat(Deliveries.query(
                                "select from events where id = $1 and player is null",
                                Tuple.of(UUID.fromString(event))))
                        .hasSize(1));
        Awaitility.await()
                .untilAsserted(() -> assertThat(Deliveries.query(
                                "select from deliveries where webhook_id = $1 and status = 'canceled'",
                                Tuple.of(waiting)))
                        .hasSize(1));

        delete(api.organizationId()).then().statusCode(404);
        Api.asAdmin()
                .get("/v1/admin/organizations/{id}/tokens", api.organizationId())
                .then()
                .statusCode(404);
        Api.asAdmin()
                .body(Map.of("scopes", List.of("events:read")))
                .post("/v1/admin/organizations/{id}/tokens", api.organizationId())
                .then()
                .statusCode(404);
        Api.asAdmin()
                .body(Map.of("name", "a folder", "parent_id", api.organizationId()))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("parent_id")));
        Api.asAdmin()
                .get("/v1/admin/organizations?limit=250")
                .then()
                .body("data.organization_id", not(hasItem(api.organizationId())));
    }

    @Test
    void anOrganizationInWhichOthersLieIsNotDeleted() {
        Api folder = api.newFolder();
        Api inFolder = folder.newFolder();
        delete(api.organizationId()).then().statusCode(409);
        delete(folder.organizationId()).then().statusCode(409);
        delete(inFolder.organizationId()).then().statusCode(202);
        delete(folder.organizationId()).then().statusCode(202);
        api.request().get("/v1/webhooks").then().statusCode(200);
        delete(api.organizationId()).then().statusCode(202);
    }

    @Test
    void whatIsAcceptedWhileItsOrganizationIsBeingDeletedIsErasedToo() {
        delete(api.organizationId()).then().statusCode(202);
        UUID straggler = new UUID(System.currentTimeMillis() << 16 | 0x7000, Long.MIN_VALUE | api.organizationId());
        Deliveries.query(
                "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at) values"
                        + " ($1, $2, 'playlist_update', 'a-player', '{}', now(), now())",
                Tuple.of(straggler, api.organizationId()));
        Deliveries.query(
                "update erasures set created_at = now() - interval '2 minutes' where organization_id = $1",
                Tuple.of(api.organizationId()));
        int late = (int) Deliveries.query(
                        "insert into webhooks (organization_id, version, url, event_subscriptions, status, created_at, updated_at)"
                                + " values ($1, 1, 'http://127.0.0.1/', '{}', 'active', now(), now()) returning id",
                        Tuple.of(api.organizationId()))
                .get(0)
                .getInteger("id");
        awaitNothingRuns();
        assertThat(Deliveries.query("select from events where id = $1 and player is null", Tuple.of(straggler)))
                .hasSize(1);
        assertThat(Deliveries.query("select from webhooks where id = $1 and status = 'deleted'", Tuple.of(late)))
                .hasSize(1);
    }

    private Response erase(String player) {
        return erase(api, player);
    }

    private static Response erase(Api api, String player) {
        return api.request().delete("/v1/events?player_uuid={uuid}", player);
    }

    private static Response delete(int organizationId) {
        return Api.asAdmin().delete("/v1/admin/organizations/{id}", organizationId);
    }

    private void awaitErased(String event) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> Deliveries.query(
                                        "select from events where id = $1 and player is null",
                                        Tuple.of(UUID.fromString(event)))
                                .size()
                        == 1);
    }

    private void awaitNothingRuns() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .until(() -> Deliveries.query(
                                "select from erasures where organization_id = $1", Tuple.of(api.organizationId()))
                        .isEmpty());
    }

    private static void awaitNoneLeased(int... webhooks) {
        Integer[] ids = IntStream.of(webhooks).boxed().toArray(Integer[]::new);
        Awaitility.await()
                .until(() -> Deliveries.query(
                                "select from delivery_queue where webhook_id = any ($1) and leased_by is not null",
                                Tuple.of((Object) ids))
                        .isEmpty());
    }

    private static Set<String> statuses(Api api, String player) {
        return api
                .request()
                .get("/v1/deliveries?player_uuid={uuid}", player)
                .jsonPath()
                .<String>getList("data.status")
                .stream()
                .collect(Collectors.toSet());
    }
}
