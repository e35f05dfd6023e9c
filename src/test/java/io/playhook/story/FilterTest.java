package io.playhook.story;

import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

/** A webhook with a filter gets the events whose player matches, and no other. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class FilterTest {

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                {"name": "Welcome"}                 | {"name": "Welcome"}                | {"name": "welcome"}
                {"name": "Welcome"}                 | {"name": "Welcome"}                | {"title": "Welcome"}
                {"name": "a \\" \\\\ \\u0001 é 😀"} | {"name": "a \\" \\\\ \\u0001 \\u00e9 \\ud83d\\ude00"} | {"name": "a"}
                {"name": ["a", "b"]}                | {"name": "b"}                      | {"name": "c"}
                {"a.b.c": 1}                        | {"a": {"b": {"c": 1}}}             | {"a": {"b": 1}, "c": 1}
                {"a.b": 1}                          | {"a": {"b": 1}}                    | {"a.b": 1}
                {"a-b.c d": 1}                      | {"a-b": {"c d": 1}}                | {"a": 1}
                {"a\\".b": 1}                       | {"a\\"": {"b": 1}}                 | {"a": {"b": 1}}
                {"count": 1}                        | {"count": 1.0}                     | {"count": "1"}
                {"count": -2.50}                    | {"count": -25e-1}                  | {"count": 2.5}
                {"count": 12345678901234567890}     | {"count": 12345678901234567890}    | {"count": 12345678901234567891}
                {"count": 1e-3}                     | {"count": 0.001}                   | {"count": 0}
                {"on": true}                        | {"on": true}                       | {"on": "true"}
                {"on": [false, null]}               | {"on": null}                       | {}
                {"on": null}                        | {"on": null}                       | {"on": false}
                {"on": {"exists": true}}            | {"on": null}                       | {"off": 1}
                {"on": {"exists": false}}           | {"off": 1}                         | {"on": null}
                {"a.on": {"exists": true}}          | {"a": {"on": []}}                  | {"a": 1}
                {"name": {"prefix": "Live"}}        | {"name": "Live: news"}             | {"name": "On Live"}
                {"name": {"prefix": ""}}            | {"name": ""}                       | {"name": 1}
                {"tags": "news"}                    | {"tags": ["sport", "news"]}        | {"tags": ["newsletter"]}
                {"videos.state": "ready"}           | {"videos": [{"state": 1}, {"state": "ready"}]} | {"videos": []}
                {"a": 1, "b": {"exists": true}}     | {"a": 1, "b": 2}                   | {"a": 1}
                {"deep.deep": "x"}                  | {"deep": {"deep": ["x"]}, "d": "\\u0000"} | {"deep": "x", "d": "\\u0000"}
                {"name": "ab\\\\u0000"}             | {"name": "ab\\\\u0000\\u0000"}     | {"name": "ab\\u0000"}
                {"name": "😀"}                      | {"name": "\\ud83d\\ude00", "d": "\\u0000"} | {"name": "\\u0000"}
                """)
    void letsThroughWhatMatches(String filter, String passes, String doesNot) {
        register(filter);

        assertThat(publish(passes)).as("deliveries of what matches").isEqualTo(1);
        assertThat(publish(doesNot)).as("deliveries of what does not").isZero();
        receiver.await(1);
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void aPlayerThatItCannotReadIsSentRatherThanKeptBack() {
        register("{\"name\": \"Welcome\"}");

        assertThat(publish("{\"name\": \"Welcome\", \"size\": 1e999999}")).isEqualTo(1);
        assertThat(publish("{\"name\": \"Farewell\", \"size\": 1e999999}")).isEqualTo(1);
    }

    @Test
    void judgesEachEventOfAnArrayAndEachWebhookByItself() {
        int welcome = register("{\"name\": \"Welcome\"}");
        int live = register("{\"name\": {\"prefix\": \"Li\"}}");
        int all = register("{}");

        Response published = api.request()
                .header("Idempotency-Key", "an array")
                .body("[%s,%s,%s]"
                        .formatted(event("{\"name\":\"Welcome\"}"), event("{\"name\":\"Live\"}"), event("{}")))
                .post("/v1/events");

        published.then().statusCode(202).body("events.deliveries", equalTo(List.of(2, 2, 1)));
        List<String> ids = published.path("events.event_id");
        assertThat(webhooksOf(ids.get(0))).containsExactly(welcome, all);
        assertThat(webhooksOf(ids.get(1))).containsExactly(live, all);
        assertThat(webhooksOf(ids.get(2))).containsExactly(all);
        receiver.await(5);
    }

    @Test
    void aPatchOfTheFilterCountsFromTheNextEventOn() {
        int webhook = register("{\"name\": \"Welcome\"}");
        patch(webhook, "{\"settings\": {\"filter\": {\"name\": \"Farewell\"}}}");
        assertThat(publish("{\"name\": \"Welcome\"}")).isZero();
        assertThat(publish("{\"name\": \"Farewell\"}")).isEqualTo(1);

        patch(webhook, "{\"settings\": {\"filter\": {\"name\": null}}}");
        assertThat(publish("{\"name\": \"Farewell\"}")).isEqualTo(1);

        patch(webhook, "{\"settings\": {\"filter\": null}}");
        assertThat(publish("{\"name\": \"Whatever\"}")).isEqualTo(1);
    }

    @Test
    void holdsForDeliveriesThatTakeTurnsToo() {
        api.register(receiver.url(), Map.of("ordering", "player", "filter", Map.of("name", "Welcome")));

        assertThat(publish("{\"name\": \"Welcome\"}")).isEqualTo(1);
        assertThat(publish("{\"name\": \"Farewell\"}")).isZero();
        receiver.await(1);
    }

    @Test
    void aReplayOfWhatIsMissingSendsWhatMatchesByNow() {
        publish("{\"name\": \"Welcome\"}");
        publish("{\"name\": \"Farewell\"}");
        publish("{\"name\": \"Welcome\", \"d\": \"\\u0000\"}");
        int webhook = register("{\"name\": \"Welcome\"}");

        api.request()
                .body("{\"since\": \"2026-01-01T00:00:00Z\", \"status\": [\"missing\"]}")
                .post("/v1/webhooks/{id}/replays", webhook)
                .then()
                .statusCode(201);

        receiver.await(2);
        api.request()
                .get("/v1/deliveries?webhook_id={id}", webhook)
                .then()
                .statusCode(200)
                .body("data", hasSize(2));
        assertThat(receiver.requests()).allMatch(request -> request.text().contains("\"Welcome\""));
    }

    private int register(String filter) {
        return api.request()
                .body("""
                        {"url": "%s", "security_key": "secure-token", "event_subscriptions": ["videofacade_update"],
                         "settings": {"filter": %s}}""".formatted(receiver.url(), filter))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
    }

    private void patch(int webhook, String patch) {
        api.request().body(patch).patch("/v1/webhooks/{id}", webhook).then().statusCode(200);
    }

    private static String event(String player) {
        String rest = player.equals("{}") ? "}" : "," + player.substring(1);
        return "{\"type\": \"videofacade_update\", \"player\": {\"uuid\": \"a-player\"" + rest + "}";
    }

    private int publish(String player) {
        return api.request()
                .body(event(player))
                .post("/v1/events")
                .then()
                .statusCode(202)
                .extract()
                .path("deliveries");
    }

    private List<Integer> webhooksOf(String eventId) {
        return api.request().get("/v1/events/{id}", eventId).path("deliveries.webhook_id");
    }
}
