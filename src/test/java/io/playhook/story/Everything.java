package io.playhook.story;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;

import io.playhook.testing.Api;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static io.restassured.RestAssured.given;

/** All that the service does with its tables, and rows enough to tell whether that costs more where there are many. */
final class Everything {

    /** What puts 100,000 rows into each table; none of them is due. */
    static final String[] MANY_ROWS = {
        "insert into organizations (id, name, ancestors, created_at)"
                + " select i, '', case when i > 10100 then array[10001 + i % 100] else '{}' end, now()"
                + " from generate_series(10001, 20000) i",
        "insert into webhooks (organization_id, version, url, event_subscriptions, filter, status, created_at, updated_at)"
                + " select 10001 + i % 10000, 1, '', case i % 2 when 0 then '{}' else '{circuit_opened}' end::text[], '$.a == 1', 'paused', now(), now()"
                + " from generate_series(1, 100000) i",
        "insert into circuits (webhook_id, state, since) select id, 'closed', now() from webhooks on conflict do nothing",
        "insert into auth_tokens (organization_id, token_hash, scopes, created_at)"
                + " select 10001 + i % 10000, sha256(i::text::bytea), '{}', now() from generate_series(1, 100000) i",
        "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)"
                + " select (substr(first_id(now())::text, 1, 13) || substr(gen_random_uuid()::text, 14))::uuid, 1, '', '', '',"
                + " now(), now() from generate_series(1, 100000)",
        "insert into idempotency_keys (organization_id, key, event_id, fingerprint, created_at)"
                + " select 1, id::text, id, '', now() from events",
        "insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)"
                + " select id, 1 + (row_number() over ()) % 1000, 1, type, player_uuid, 0, now() + interval '1 day', now()"
                + " from events on conflict do nothing",
        "insert into due_webhooks select webhook_id, due_at from delivery_queue where due_at > now()",
        "insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at,"
                // Not just now: what is being settled is noted for the statistics, and each note is read once.
                + " settled_at) select id, 1, 1, type, player_uuid, 'failed', 1, now(), now() - interval '1 s' from events"
                + " on conflict do nothing",
        "insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome)"
                + " select event_id, webhook_id, 1, now(), 1, '' from deliveries on conflict do nothing",
        "insert into webhook_hours (webhook_id, hour) select id, date_trunc('hour', now(), 'UTC') - i * interval '1 hour'"
                + " from (select id from webhooks order by id limit 1000) w, generate_series(1, 100) i on conflict do nothing"
    };

    private Everything() {}

    /** Has the service do everything once, at the least. */
    static void once() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(503, 200));
                Receiver failing = new Receiver().answers(Answer.status(500));
                Receiver last = new Receiver();
                Receiver gone = new Receiver().answers(Answer.status(410))) {
            Api api = Api.ofNewOrganization();
            api.register(
                    last.url(),
                    List.of("webhook_disabled", "circuit_opened", "circuit_closed", "delivery_failed"),
                    Map.of());
            api.register(failing.url(), Map.of("retry_schedule", List.of()));
            api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
            api.register(receiver.url(), Map.of("ordering", "player", "coalesce_ms", 1));
            api.register(gone.url());
            api.register(receiver.url(), Map.of("filter", Map.of("uuid", "p1")));
            int broken = api.register(failing.url(), Map.of("retry_schedule", List.of("1h")));
            for (int i = 0; i < 60; i++) {
                api.publish("p" + i % 7);
            }
            Api folder = api.newFolder();
            folder.register(receiver.url(), Map.of("filter", Map.of("uuid", "p1")));
            folder.publish("p1");
            List<Object> events = IntStream.range(0, 50)
                    .<Object>mapToObj(i -> Map.of(
                            "type", "playlist_update", "player", Map.of("uuid", "p" + i), "idempotency_key", "k" + i))
                    .toList();
            api.request().body(events).post("/v1/events").then().statusCode(202);
            api.request().get("/v1/webhooks/{id}", broken).then().statusCode(200);
            failing.await(12);
            lookAtEverything(api, broken);
            lookAtThePage(api);
            api.request().delete("/v1/webhooks/{id}", broken).then().statusCode(200);
            api.request().delete("/v1/events?player_uuid=p1").then().statusCode(202);
            Api deleted = Api.ofNewOrganization();
            deleted.publish("p");
            Api.asAdmin()
                    .delete("/v1/admin/organizations/{id}", deleted.organizationId())
                    .then()
                    .statusCode(202);
            Api another = Api.ofNewOrganization();
            another.register(last.url());
            another.publish("p");
            Awaitility.await("what happened to webhooks, and the event")
                    .until(() -> last.requests().stream()
                            .map(request -> request.header("X-Playhook-Event"))
                            .collect(Collectors.toSet())
                            .containsAll(List.of(
                                    "webhook_disabled",
                                    "circuit_opened",
                                    "circuit_closed",
                                    "delivery_failed",
                                    "videofacade_update")));
        }
    }

    private static void lookAtThePage(Api api) {
        String cookie = given().formParam("token", api.token())
                .redirects()
                .follow(false)
                .post("/sign-in")
                .cookie("playhook_session");
        given().cookie("playhook_session", cookie).get("/").then().statusCode(200);
        given().cookie("playhook_session", cookie)
                .redirects()
                .follow(false)
                .post("/sign-out")
                .then()
                .statusCode(303);
    }

    private static void replay(Api api, int webhook) {
        int replay = api.request()
                .body(Map.of(
                        "since",
                        "2026-01-01T00:00:00Z",
                        "status",
                        List.of("failed", "canceled", "delivered", "missing"),
                        "rate_limit",
                        1_000))
                .post("/v1/webhooks/{id}/replays", webhook)
                .then()
                .statusCode(201)
                .extract()
                .path("replay_id");
        Awaitility.await()
                .until(() -> api.request()
                        .get("/v1/replays/{id}", replay)
                        .path("status")
                        .equals("done"));
        api.request().get("/v1/webhooks/{id}/replays", webhook).then().statusCode(200);
        api.request().delete("/v1/replays/{id}", replay).then().statusCode(200);
    }

    private static void lookAtEverything(Api api, int webhook) {
        String delivery = api.request().get("/v1/deliveries").path("data[0].delivery_id");
        String event = api.request().get("/v1/deliveries").path("data[0].event_id");
        String hour = "since=2026-01-01T00:00:00Z&until=2999-01-01T00:00:00Z";
        for (String path : List.of(
                "/v1/webhooks?status=active&event=playlist_update",
                "/v1/webhooks/" + webhook + "/circuit",
                "/v1/webhooks/" + webhook + "/stats",
                "/v1/deliveries?" + hour,
                "/v1/deliveries?status=failed",
                "/v1/deliveries?status=delivered&type=playlist_update",
                "/v1/deliveries?status=waiting&limit=1",
                "/v1/deliveries?webhook_id=" + webhook,
                "/v1/deliveries?status=failed&webhook_id=" + webhook,
                "/v1/deliveries?event_id=" + event,
                "/v1/deliveries?player_uuid=p1&" + hour,
                "/v1/deliveries?player_uuid=p1&webhook_id=" + webhook,
                "/v1/deliveries/" + delivery,
                "/v1/events?" + hour,
                "/v1/events?player_uuid=p1&type=playlist_update",
                "/v1/events/" + event)) {
            api.request().urlEncodingEnabled(false).get(path).then().statusCode(200);
        }
        api.request().post("/v1/deliveries/{id}/retry", delivery).then().statusCode(202);
        replay(api, webhook);
        for (String state : List.of("open", "closed")) {
            api.request()
                    .body(Map.of("state", state))
                    .put("/v1/webhooks/{id}/circuit", webhook)
                    .then()
                    .statusCode(200);
        }
    }
}
