package io.playhook.history;

import java.time.Instant;
import java.util.ArrayList;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EventFeedTest {

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void givesEventsInTheOrderOfTheirAcceptanceAndAlwaysANext() {
        List<String> published = new ArrayList<>();
        String next = list("").path("next");
        for (int i = 0; i < 7; i++) {
            published.add(api.publish("p" + i).path("event_id"));
        }
        awaitEnd(published);
        List<String> seen = new ArrayList<>();
        List<String> page;
        do {
            Response answer = list("limit=3&after=" + next);
            answer.then().statusCode(200);
            page = answer.jsonPath().getList("data.event_id");
            seen.addAll(page);
            next = answer.path("next");
            assertThat(answer.header("Link")).isEqualTo("</v1/events?limit=3&after=%s>; rel=\"next\"".formatted(next));
        } while (!page.isEmpty());
        assertThat(seen).isEqualTo(published);
        String late = api.publish("p").path("event_id");
        String end = next;
        Awaitility.await("what came later, from the same position")
                .until(() ->
                        list("after=" + end).jsonPath().getList("data.event_id").equals(List.of(late)));
    }

    @Test
    void keepsTheOrderOfAnArray() {
        List<Object> events = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            events.add(Map.of("type", "playlist_update", "player", Map.of("uuid", "p" + i)));
        }
        List<String> published =
                api.request().body(events).post("/v1/events").jsonPath().getList("events.event_id");
        awaitEnd(published);
    }

    @Test
    void hasTheFieldsOfTheContractAndThePlayerAsItWasPublished() {
        String player = "{\"uuid\":\"a\", \"n\" : [1.50,\"\\u0061\"]}";
        api.request()
                .body("{\"type\":\"playlist_create\",\"occurred_at\":\"2026-01-31T12:00:00+02:00\",\"player\":" + player
                        + "}")
                .post("/v1/events")
                .then()
                .statusCode(202);
        Awaitility.await().until(() -> !list("").jsonPath().getList("data").isEmpty());
        Response page = list("");
        Map<String, Object> event = page.jsonPath().getMap("data[0]");
        assertThat(event.keySet())
                .containsExactly(
                        "event_id",
                        "type",
                        "occurred_at",
                        "accepted_at",
                        "organization_id",
                        "player",
                        "webhook",
                        "delivery");
        assertThat(event)
                .containsEntry("type", "playlist_create")
                .containsEntry("occurred_at", "2026-01-31T10:00:00Z")
                .containsEntry("organization_id", api.organizationId());
        assertThat(page.asString()).contains("\"player\":" + player + ",");
    }

    /** Ids are made before, and clocks differ: only transactions tell what may still come. */
    @Test
    void showsNothingBehindATransactionThatIsStillOpen() throws Exception {
        String before = api.publish("before").path("event_id");
        awaitEnd(List.of(before));
        String next = list("").path("next");
        String late =
                new UUID(System.currentTimeMillis() << 16 | 0x7000, Long.MIN_VALUE | api.organizationId()).toString();
        List<String> after = new ArrayList<>();
        Deliveries.whileUncommitted(
                "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at) values"
                        + " ('%s', %d, 'playlist_update', 'late', '{}', now(), now())"
                                .formatted(late, api.organizationId()),
                () -> {
                    after.add(api.publish("after").path("event_id"));
                    Response hidden = list("after=" + next);
                    hidden.then().body("data", hasSize(0));
                    after.add(hidden.path("next"));
                });
        List<String> expected = List.of(late, after.get(0));
        for (String from : List.of(next, after.get(1))) {
            Awaitility.await("both, the one that was committed late too")
                    .until(() -> list("after=" + from)
                            .jsonPath()
                            .getList("data.event_id")
                            .equals(expected));
        }
    }

    @Test
    void filtersByTypeByPlayerAndByTime() {
        String first = api.publish("videofacade_create", "p").path("event_id");
        String second = api.publish("videofacade_update", "q").path("event_id");
        String third = api.publish("videofacade_update", "p").path("event_id");
        awaitEnd(List.of(first, second, third));
        List<String> times = list("").jsonPath().getList("data.accepted_at");
        assertThat(all("type=videofacade_update")).containsExactly(second, third);
        assertThat(all("player_uuid=p")).containsExactly(first, third);
        assertThat(all("player_uuid=p&type=videofacade_create")).containsExactly(first);
        assertThat(all("since=" + times.get(1))).containsExactly(second, third);
        assertThat(all("until=" + times.get(1))).containsExactly(first);
        assertThat(all("since=%s&until=%s".formatted(times.get(1), times.get(2))))
                .containsExactly(second);
        assertThat(all("since=" + Instant.now().plusSeconds(60))).isEmpty();
    }

    /** From the beginning, the first page would be an empty one, and many after it. */
    @Test
    void beginsNearTheTimeThatIsAskedForHoweverMuchLiesBeforeIt() {
        // Each in a transaction of its own, as they come.
        for (int second = 0; second < 20; second++) {
            Deliveries.query("""
                    insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                    select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1,
                           'playlist_update', 'p', '{}', at, at
                    from (select now() - interval '1 hour' + $2::int * interval '1 second' + i * interval '1 millisecond' as at
                          from generate_series(0, 999) i) t
                    """, Tuple.of(api.organizationId(), second));
        }
        String last = api.publish("p").path("event_id");
        Awaitility.await("found in the first page")
                .until(() -> list("since=" + Instant.now().minusSeconds(300))
                        .jsonPath()
                        .getList("data.event_id")
                        .contains(last));
    }

    @Test
    void findsWhatIsRareInPagesThatMayBeShort() {
        Deliveries.query("""
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1,
                       case i when 4999 then 'playlist_destroy' else 'playlist_update' end, 'p', '{}', at, at
                from (select i, now() + i * interval '1 millisecond' as at from generate_series(1, 5000) i) t
                """, Tuple.of(api.organizationId()));
        Awaitility.await().until(() -> all("type=playlist_destroy").size() == 1);
        list("type=playlist_destroy").then().body("data", hasSize(0));
    }

    @Test
    void showsOneWithWhatBecameOfIt() {
        try (Receiver receiver = new Receiver()) {
            int sent = api.register(receiver.url());
            int paused = api.register(receiver.url());
            api.request().post("/v1/webhooks/{id}/pause", paused);
            String event = api.publish("p").path("event_id");
            Deliveries.awaitSettled(event);
            JsonPath shown = api.request()
                    .get("/v1/events/{id}", event)
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            assertThat(shown.getList("deliveries.webhook_id")).containsExactly(sent, paused);
            assertThat(shown.getList("deliveries.status")).containsExactly("delivered", "waiting");
            assertThat(shown.getList("deliveries.attempts_made")).containsExactly(1, 0);
            api.request()
                    .get("/v1/deliveries/{id}", shown.getString("deliveries[1].delivery_id"))
                    .then()
                    .statusCode(200)
                    .body("webhook_id", equalTo(paused));
            Api.ofNewOrganization()
                    .request()
                    .get("/v1/events/{id}", event)
                    .then()
                    .statusCode(404);
        }
    }

    @Test
    void showsAnErasedPlayerAsNull() {
        String event = api.publish("p").path("event_id");
        Deliveries.query("update events set player = null where id = $1", Tuple.of(UUID.fromString(event)));
        assertThat(api.request().get("/v1/events/{id}", event).asString()).contains("\"player\":null");
        awaitEnd(List.of(event));
        assertThat(list("").asString()).contains("\"player\":null");
    }

    /** The reader would take what is left for all that there was. */
    @Test
    void refusesACursorBehindWhichEventsAreNotKeptAnyMore() {
        String next = list("").path("next");
        list("after=" + next).then().statusCode(200);
        // As if the oldest range that is kept began tomorrow.
        Deliveries.query("update partition_ranges set begins = begins + interval '2 days'", Tuple.tuple());
        try {
            list("after=" + next).then().statusCode(400).body("detail", containsString("too old"));
        } finally {
            Deliveries.query("update partition_ranges set begins = begins - interval '2 days'", Tuple.tuple());
        }
        list("after=" + next).then().statusCode(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type=playlist | type",
                "player_uuid=%0a | player_uuid",
                "since=1 | since",
                "until=now | until",
                "limit=0 | limit",
                "after=AAAA | after"
            })
    void refusesAFilterThatIsWrong(String query, String field) {
        list(query).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
    }

    /** What is committed is shown once every transaction that began before it has ended, elsewhere in the server too. */
    private void awaitEnd(List<String> events) {
        Awaitility.await("all in the feed").until(() -> all("limit=250").equals(events));
    }

    private List<String> all(String query) {
        List<String> all = new ArrayList<>();
        String next = "";
        int empty = 0;
        // A page may be empty although there is more.
        while (empty < 8) {
            JsonPath page = list("after=" + next + "&" + query).jsonPath();
            List<String> ids = page.getList("data.event_id");
            all.addAll(ids);
            empty = ids.isEmpty() ? empty + 1 : 0;
            next = page.getString("next");
        }
        return all;
    }

    private Response list(String query) {
        String path = query.isEmpty() ? "/v1/events" : "/v1/events?" + query;
        return api.request().urlEncodingEnabled(false).get(path);
    }
}
