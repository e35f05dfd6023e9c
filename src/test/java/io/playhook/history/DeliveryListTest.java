package io.playhook.history;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DeliveryListTest {

    /** Rows of history, each a millisecond after the one before, beginning a while ago. */
    private static final String HISTORY = """
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at,
                                    settled_at)
            select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1, $2,
                   case when i = 1 then 'videofacade_destroy' else 'videofacade_update' end, 'p' || i % 3,
                   case when i % 500 = 0 then 'failed' else 'delivered' end, 1, at, at
            from (select i, now() - interval '1 hour' + i * interval '1 millisecond' as at from generate_series(1, $3::int) i) t
            """;

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void listsWhatIsOpenAndWhatIsSettledTheNewestFirst() {
        try (Receiver receiver = new Receiver()) {
            int sent = api.register(receiver.url());
            int paused = api.register(receiver.url());
            api.request().post("/v1/webhooks/{id}/pause", paused).then().statusCode(200);
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                String event = api.publish("p").path("event_id");
                Deliveries.awaitSettled(event);
                // Two of an event: that to the webhook with the higher number comes first.
                expected.addAll(0, List.of(event + " " + paused + " waiting", event + " " + sent + " delivered"));
            }
            for (int limit : List.of(1, 3, 10, 50)) {
                assertThat(all("limit=" + limit)).as("limit %d", limit).isEqualTo(expected);
            }
            assertThat(list("").jsonPath().getString("next")).isNull();
        }
    }

    @Test
    void hasTheFieldsOfTheContractInTheirOrder() {
        try (Receiver receiver = new Receiver()) {
            int webhook = api.register(receiver.url());
            String event = api.publish("a-player").path("event_id");
            Deliveries.awaitSettled(event);
            Map<String, Object> delivery = list("").jsonPath().getMap("data[0]");
            assertThat(delivery.keySet())
                    .containsExactly(
                            "delivery_id",
                            "event_id",
                            "type",
                            "player_uuid",
                            "webhook_id",
                            "organization_id",
                            "status",
                            "reason",
                            "attempts_made",
                            "next_attempt_at",
                            "accepted_at",
                            "settled_at");
            assertThat(delivery)
                    .containsEntry("delivery_id", receiver.requests().get(0).header("X-Playhook-Delivery"))
                    .containsEntry("event_id", event)
                    .containsEntry("type", "videofacade_update")
                    .containsEntry("player_uuid", "a-player")
                    .containsEntry("webhook_id", webhook)
                    .containsEntry("organization_id", api.organizationId())
                    .containsEntry("status", "delivered")
                    .containsEntry("reason", null)
                    .containsEntry("attempts_made", 1)
                    .containsEntry("next_attempt_at", null);
            assertThat(Instant.parse((String) delivery.get("settled_at")))
                    .isAfterOrEqualTo(Instant.parse((String) delivery.get("accepted_at")));
        }
    }

    @Test
    void filtersByEachThatThereIsAndByAllTogether() {
        try (Receiver receiver = new Receiver();
                Receiver failing = new Receiver().answers(Answer.status(500))) {
            int sent = api.registerForAll(receiver.url(), Map.of());
            int failed = api.registerForAll(failing.url(), Map.of("retry_schedule", List.of()));
            int retried = api.registerForAll(failing.url(), Map.of("retry_schedule", List.of("1h")));
            String first = api.publish("videofacade_create", "p").path("event_id");
            String second = api.publish("videofacade_destroy", "q").path("event_id");
            awaitAttempts(6);
            assertThat(all("webhook_id=" + sent))
                    .containsExactly(second + " " + sent + " delivered", first + " " + sent + " delivered");
            assertThat(all("event_id=" + first))
                    .containsExactly(
                            first + " " + retried + " waiting",
                            first + " " + failed + " failed",
                            first + " " + sent + " delivered");
            assertThat(all("player_uuid=q&limit=1"))
                    .containsExactly(
                            second + " " + retried + " waiting",
                            second + " " + failed + " failed",
                            second + " " + sent + " delivered");
            assertThat(all("status=failed"))
                    .containsExactly(second + " " + failed + " failed", first + " " + failed + " failed");
            assertThat(all("status=waiting&limit=1")).hasSize(2).allMatch(line -> line.endsWith("waiting"));
            assertThat(all("status=delivered")).hasSize(2);
            assertThat(all("status=canceled")).isEmpty();
            assertThat(all("type=videofacade_destroy")).hasSize(3).allMatch(line -> line.startsWith(second));
            assertThat(all("webhook_id=%d&event_id=%s".formatted(failed, first)))
                    .hasSize(1);
            assertThat(all("webhook_id=%d&player_uuid=p".formatted(failed))).hasSize(1);
            assertThat(all("event_id=%s&player_uuid=q".formatted(first))).isEmpty();
            assertThat(all("webhook_id=%d&event_id=%s&player_uuid=p&status=failed&type=videofacade_create"
                            .formatted(failed, first)))
                    .containsExactly(first + " " + failed + " failed");
        }
    }

    @Test
    void filtersByTheTimeOfAcceptance() {
        int webhook = api.register("https://example.com/");
        Deliveries.query(HISTORY, Tuple.of(webhook, api.organizationId(), 100));
        List<String> times = list("limit=100").jsonPath().getList("data.accepted_at");
        String since = times.get(60);
        String until = times.get(40);
        assertThat(all("since=" + since)).hasSize(61);
        assertThat(all("until=" + until)).hasSize(59);
        assertThat(all("since=%s&until=%s&limit=7".formatted(since, until))).hasSize(20);
        assertThat(all("since=%s&until=%s&webhook_id=%d".formatted(since, until, webhook)))
                .hasSize(20);
        assertThat(all("since=" + Instant.now())).isEmpty();
    }

    /** One in five thousand: a page looks at a bounded number of rows, and the next goes on there. */
    @Test
    void findsWhatIsRareInPagesThatMayBeShort() {
        int webhook = api.register("https://example.com/");
        Deliveries.query(HISTORY, Tuple.of(webhook, api.organizationId(), 5_000));
        JsonPath first = list("type=videofacade_destroy").jsonPath();
        assertThat(first.getList("data")).isEmpty();
        assertThat(first.getString("next")).isNotNull();
        for (String query : List.of(
                "type=videofacade_destroy",
                "type=videofacade_destroy&webhook_id=" + webhook,
                "type=videofacade_destroy&status=delivered")) {
            assertThat(all(query)).as(query).hasSize(1);
        }
        assertThat(all("status=failed&limit=3")).hasSize(10);
        assertThat(all("status=failed&limit=3&webhook_id=" + webhook)).hasSize(10);
        assertThat(all("limit=250")).hasSize(5_000);
    }

    /** It would have gone on with empty pages, through all that the player ever had. */
    @Test
    void endsWhereTheTimeThatIsAskedForBegan() {
        int webhook = api.register("https://example.com/");
        Deliveries.query("""
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1,
                       'playlist_update', 'p', '{}', at, at
                from (select now() - interval '2 hours' + i * interval '1 millisecond' as at
                      from generate_series(1, 1200) i) t
                """, Tuple.of(api.organizationId()));
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        String event = api.publish("p").path("event_id");
        assertThat(all("player_uuid=p")).containsExactly(event + " " + webhook + " waiting");
        JsonPath page =
                list("player_uuid=p&since=" + Instant.now().minusSeconds(3_600)).jsonPath();
        assertThat(page.getList("data.event_id")).containsExactly(event);
        assertThat(page.getString("next")).isNull();
    }

    @Test
    void missesAndRepeatsNothingWhileDeliveriesAreSettledAndAdded() {
        try (Receiver receiver = new Receiver()) {
            int webhook = api.register(receiver.url());
            api.request().post("/v1/webhooks/{id}/pause", webhook);
            Set<String> events = new HashSet<>();
            for (int i = 0; i < 30; i++) {
                events.add(api.publish("p").path("event_id"));
            }
            List<String> seen = new ArrayList<>();
            String next = null;
            int pages = 0;
            do {
                Response page = list("limit=4" + (next == null ? "" : "&after=" + next));
                seen.addAll(page.jsonPath().getList("data.event_id"));
                next = page.path("next");
                if (++pages == 2) {
                    api.request().post("/v1/webhooks/{id}/resume", webhook);
                    receiver.await(30);
                }
                api.publish("p");
            } while (next != null);
            assertThat(seen).containsExactlyInAnyOrderElementsOf(events);
        }
    }

    @Test
    void showsNothingOfOthers() {
        int webhook = api.register("https://example.com/");
        Deliveries.query(HISTORY, Tuple.of(webhook, api.organizationId(), 10));
        String event = list("limit=1").path("data[0].event_id");
        Api other = Api.ofNewOrganization();
        for (String query : List.of("limit=50", "webhook_id=" + webhook, "event_id=" + event, "player_uuid=p1")) {
            assertThat(other.request().get("/v1/deliveries?" + query).jsonPath().getList("data"))
                    .as(query)
                    .isEmpty();
        }
        String next = list("limit=1").path("next");
        other.request().get("/v1/deliveries?limit=1&after=" + next).then().statusCode(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "webhook_id=0 | webhook_id",
                "webhook_id=-1 | webhook_id",
                "webhook_id=2147483648 | webhook_id",
                "webhook_id=a | webhook_id",
                "event_id=1 | event_id",
                "event_id=1-1-1-1-1 | event_id",
                "player_uuid=%00 | player_uuid",
                "status=open | status",
                "type=playlist | type",
                "since=yesterday | since",
                "since=2026-01-31 | since",
                "until=2026-13-01T00:00:00Z | until",
                "until=+1000000-01-01T00:00:00Z | until",
                "limit=251 | limit",
                "after=AAAA | after",
                "status=failed&status=failed | status"
            })
    void refusesAFilterThatIsWrong(String query, String field) {
        list(query).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
    }

    private void awaitAttempts(int count) {
        Awaitility.await("%d attempts".formatted(count))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    List<Integer> made = list("").jsonPath().getList("data.attempts_made");
                    return made.size() == count && Collections.min(made) == 1;
                });
    }

    /** Each delivery of all pages: its event, its webhook, its status. */
    private List<String> all(String query) {
        List<String> all = new ArrayList<>();
        String next = null;
        do {
            JsonPath page = list(query + (next == null ? "" : "&after=" + next)).jsonPath();
            List<Map<String, Object>> data = page.getList("data");
            data.forEach(d -> all.add(d.get("event_id") + " " + d.get("webhook_id") + " " + d.get("status")));
            next = page.getString("next");
        } while (next != null);
        return all;
    }

    private Response list(String query) {
        String path = query.isEmpty() ? "/v1/deliveries" : "/v1/deliveries?" + query;
        return api.request().urlEncodingEnabled(false).get(path);
    }
}
