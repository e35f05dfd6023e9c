package io.playhook.event;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

/** The contract of publishing. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EventResourceTest {

    private static final String EVENTS = "/v1/events";

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void answersWithTheEventsIdAndTheNumberOfItsDeliveries() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            api.register(receiver.url());
            String id = api.publish("a-player")
                    .then()
                    .statusCode(202)
                    .body("deliveries", equalTo(2))
                    .body("duplicate", nullValue())
                    .extract()
                    .path("event_id");
            assertThat(UUID.fromString(id).version()).isEqualTo(7);
            assertThat(receiver.await(2))
                    .allSatisfy(r -> assertThat(r.header("webhook-id")).isEqualTo(id));
        }
    }

    @Test
    void deliversToNoWebhookOfAnotherTypeOrAnotherOrganization() {
        api.register("https://example.com/");
        publish(event("playlist_create")).then().statusCode(202).body("deliveries", equalTo(0));
        Api.ofNewOrganization().publish("a-player").then().statusCode(202).body("deliveries", equalTo(0));
    }

    @Test
    void acceptsAnArrayAndAnswersInItsOrder() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            Response response = publish(
                    List.of(event("videofacade_update"), event("playlist_create"), event("videofacade_update")));
            response.then().statusCode(202).body("events.deliveries", equalTo(List.of(1, 0, 1)));
            List<String> ids = response.path("events.event_id");
            assertThat(receiver.await(2).stream().map(r -> r.header("webhook-id")))
                    .containsExactlyInAnyOrder(ids.get(0), ids.get(2));
        }
    }

    @Test
    void acceptsAThousandEventsAtOnceAndNotOneMore() {
        List<Map<String, Object>> thousand = IntStream.range(0, 1_000)
                .mapToObj(i -> event("playlist_create"))
                .toList();
        publish(thousand).then().statusCode(202).body("events", hasSize(1_000));
        List<Map<String, Object>> more = IntStream.range(0, 1_001)
                .mapToObj(i -> event("playlist_create"))
                .toList();
        publish(more).then().statusCode(400);
        publish(List.of()).then().statusCode(400);
    }

    @Test
    void acceptsAllEventsOfAnArrayOrNone() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            publish(List.of(event("videofacade_update"), Map.of("type", "nothing", "player", Map.of())))
                    .then()
                    .statusCode(400)
                    .body("errors.field", containsInAnyOrder("[1].type", "[1].player.uuid"));
            String only = api.publish("marker").path("event_id");
            assertThat(receiver.await(1))
                    .hasSize(1)
                    .allSatisfy(r -> assertThat(r.header("webhook-id")).isEqualTo(only));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type | {\"player\": {\"uuid\": \"a\"}}",
                "type | {\"type\": \"playlist_explode\", \"player\": {\"uuid\": \"a\"}}",
                "player | {\"type\": \"playlist_create\"}",
                "player | {\"type\": \"playlist_create\", \"player\": \"a\"}",
                "player.uuid | {\"type\": \"playlist_create\", \"player\": {}}",
                "player.uuid | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"\"}}",
                "player.uuid | {\"type\": \"playlist_create\", \"player\": {\"uuid\": 5}}",
                "player.uuid | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"a\\u0000b\"}}",
                "player.uuid | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"\\ud800\"}}",
                "occurred_at | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"a\"}, \"occurred_at\": \"yesterday\"}",
                "occurred_at | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"a\"}, \"occurred_at\": 1700000000}",
                "occurred_at | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"a\"}, \"occurred_at\": \"+99999-01-01T00:00:00Z\"}",
                "idempotency_key | {\"type\": \"playlist_create\", \"player\": {\"uuid\": \"a\"}, \"idempotency_key\": \"\"}"
            })
    void namesTheFieldAtFault(String field, String body) {
        api.request().body(body).post(EVENTS).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
    }

    @Test
    void takesAPlayersUuidOf64Characters() {
        publish(Map.of("type", "playlist_create", "player", Map.of("uuid", "x".repeat(64))))
                .then()
                .statusCode(202);
        publish(Map.of("type", "playlist_create", "player", Map.of("uuid", "x".repeat(65))))
                .then()
                .statusCode(400);
    }

    @Test
    void deliversThePlayerAsItWasPublished() {
        String player = "{\"z\": 1.50, \"uuid\": \"p\",  \"big\": 123456789012345678901234567890, \"e\": 1E+2, "
                + "\"text\": \"\\u00e9 \u00e9 \\/ \\ud83d\\ude00\", \"a\": {\"dup\": 1, \"dup\": 2}}";
        assertThat(delivered(player)).contains("\"player\":" + player + "}");
    }

    @Test
    void deliversStrictJsonThoughThePublisherSentATrailingComma() {
        assertThat(delivered("{\"uuid\": \"p\", \"tags\": [1, 2,],}"))
                .contains("\"player\":{\"uuid\": \"p\", \"tags\": [1, 2 ] }}");
    }

    @Test
    void deliversTheTimeOfTheEventInUtc() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            publish(Map.of(
                            "type", "videofacade_update",
                            "player", Map.of("uuid", "p"),
                            "occurred_at", "2026-01-31T12:00:00.123456789+02:00"))
                    .then()
                    .statusCode(202);
            assertThat(receiver.await(1).get(0).text()).contains("\"occurred_at\":\"2026-01-31T10:00:00.123456Z\"");
        }
    }

    @Test
    void looksAtTheTokenBeforeItReadsWhatAStrangerSends() {
        // Were it read, each of these would be a 400 for its syntax.
        String large = "[" + "x".repeat(8 * 1024 * 1024 - 1);
        given().contentType(ContentType.JSON)
                .body(large)
                .post("/v1/events")
                .then()
                .statusCode(401);
        given().auth()
                .oauth2("unknown")
                .contentType(ContentType.JSON)
                .body(large)
                .post("/v1/events")
                .then()
                .statusCode(401);
        given().auth()
                .oauth2("unknown")
                .contentType(ContentType.JSON)
                .body("{")
                .post("/v1/events")
                .then()
                .statusCode(401);
        // Only an object can hold a token, and there is none that large.
        given().contentType(ContentType.JSON)
                .body("{" + "x".repeat(300 * 1024))
                .post("/v1/events")
                .then()
                .statusCode(413);
    }

    @Test
    void answers401And403AsTheContractSays() {
        given().contentType(ContentType.JSON)
                .body(event("playlist_create"))
                .post(EVENTS)
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", equalTo("Bearer"));
        String reader = Api.newToken(api.organizationId(), List.of("events:read", "webhooks:write"));
        given().auth()
                .preemptive()
                .oauth2(reader)
                .contentType(ContentType.JSON)
                .body(event("playlist_create"))
                .post(EVENTS)
                .then()
                .statusCode(403);
    }

    @Test
    void takesTheTokenFromTheBody() {
        given().contentType(ContentType.JSON)
                .body(Map.of("type", "playlist_create", "player", Map.of("uuid", "a"), "auth_token", api.token()))
                .post(EVENTS)
                .then()
                .statusCode(202);
    }

    @Test
    void answers413ToAnEventOver256KiBAndToABatchOver8MiB() {
        String largest = "x".repeat(256 * 1024 - 100);
        Map<String, Object> large = Map.of("type", "playlist_create", "player", Map.of("uuid", "a", "text", largest));
        publish(large).then().statusCode(202);
        publish(Map.of("type", "playlist_create", "player", Map.of("uuid", "a", "text", largest + "x".repeat(200))))
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("status", equalTo(413));
        publish(Collections.nCopies(31, large)).then().statusCode(202);
        publish(Collections.nCopies(33, large)).then().statusCode(413);
        publish(Collections.nCopies(50, large)).then().statusCode(413);
    }

    @Test
    void sendsNothingTwiceForARepeatedIdempotencyKey() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            Map<String, Object> event =
                    Map.of("type", "videofacade_update", "player", Map.of("uuid", "a"), "idempotency_key", "k-1");
            String id = publish(event).then().statusCode(202).extract().path("event_id");
            publish(event).then().statusCode(200).body("event_id", equalTo(id)).body("duplicate", equalTo(true));
            String marker = api.publish("marker").path("event_id");
            assertThat(receiver.await(2).stream().map(r -> r.header("webhook-id")))
                    .containsExactlyInAnyOrder(id, marker);
        }
    }

    @Test
    void takesTheIdempotencyKeyFromTheHeaderToo() {
        Map<String, Object> event = event("playlist_create");
        String id = api.request()
                .header("Idempotency-Key", "h-1")
                .body(event)
                .post(EVENTS)
                .path("event_id");
        api.request()
                .header("Idempotency-Key", "h-1")
                .body(event)
                .post(EVENTS)
                .then()
                .statusCode(200)
                .body("event_id", equalTo(id));
        List<Object> batch = List.of(event, event);
        api.request()
                .header("Idempotency-Key", "h-2")
                .body(batch)
                .post(EVENTS)
                .then()
                .statusCode(202);
        api.request()
                .header("Idempotency-Key", "h-2")
                .body(batch)
                .post(EVENTS)
                .then()
                .statusCode(200)
                .body("events.duplicate", equalTo(List.of(true, true)));
    }

    static Stream<Arguments> bodiesThatAreNotTheFirst() {
        Object a = event("playlist_create");
        Object b = event("playlist_update");
        return Stream.of(
                Arguments.of("longer", List.of(a), List.of(a, b)),
                Arguments.of("shorter", List.of(a, b), List.of(a)),
                Arguments.of("reordered", List.of(a, b), List.of(b, a)),
                Arguments.of("another", List.of(a), List.of(b)),
                Arguments.of("its event alone", List.of(a), a),
                Arguments.of("another event alone", List.of(a), b),
                Arguments.of("an array of it", a, List.of(a)),
                Arguments.of("an array with keys of their own", List.of(a), List.of(withKey(a, "own-1"))),
                Arguments.of("an event with a key of its own", b, withKey(a, "own-2")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodiesThatAreNotTheFirst")
    void oneKeyInTheHeaderIsOneRequest(String name, Object first, Object other) {
        Api publisher = Api.ofNewOrganization();
        for (int i = 0; i < 2; i++) {
            publishUnder(publisher, "h", first).then().statusCode(i == 0 ? 202 : 200);
            publishUnder(publisher, "h", other).then().statusCode(409);
        }
    }

    @Test
    void keysMadeFromTheHeaderCollideWithNobodys() {
        Api publisher = Api.ofNewOrganization();
        Map<String, Object> a = event("playlist_create");
        publishUnder(publisher, "k7", List.of(a, a)).then().statusCode(202);
        for (String key : List.of("k7#0", "k7#1", "k7:0", "k70", "k7 0", "k7/0")) {
            publisher.request().body(withKey(a, key)).post(EVENTS).then().statusCode(202);
        }
        publisher.request().body(withKey(a, "k7\u00010")).post(EVENTS).then().statusCode(400);
    }

    private static Response publishUnder(Api publisher, String key, Object body) {
        return publisher.request().header("Idempotency-Key", key).body(body).post(EVENTS);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> withKey(Object event, String key) {
        Map<String, Object> copy = new HashMap<>((Map<String, Object>) event);
        copy.put("idempotency_key", key);
        return copy;
    }

    @Test
    void takesAnEmptyIdempotencyKeyInTheHeaderForNone() {
        for (Object body : List.of(event("playlist_create"), List.of(event("playlist_create")))) {
            for (int i = 0; i < 2; i++) {
                api.request()
                        .header("Idempotency-Key", "")
                        .body(body)
                        .post(EVENTS)
                        .then()
                        .statusCode(202);
            }
        }
    }

    /** The place in the array is added to the key, which made it too long where it was not. */
    @Test
    void takesTheLongestIdempotencyKeyForAnArrayToo() {
        List<Object> batch = Collections.nCopies(11, event("playlist_create"));
        api.request()
                .header("Idempotency-Key", "k".repeat(256))
                .body(batch)
                .post(EVENTS)
                .then()
                .statusCode(202);
        api.request()
                .header("Idempotency-Key", "k".repeat(257))
                .body(batch)
                .post(EVENTS)
                .then()
                .statusCode(400);
    }

    @Test
    void answers409ToTheSameKeyWithAnotherBodyAndAcceptsNothing() {
        Map<String, Object> event =
                Map.of("type", "playlist_create", "player", Map.of("uuid", "a"), "idempotency_key", "k");
        Map<String, Object> other =
                Map.of("type", "playlist_create", "player", Map.of("uuid", "b"), "idempotency_key", "k");
        publish(event).then().statusCode(202);
        publish(other).then().statusCode(409).contentType("application/problem+json");
        publish(List.of(
                        Map.of("type", "playlist_create", "player", Map.of("uuid", "c"), "idempotency_key", "fresh"),
                        other))
                .then()
                .statusCode(409);
        publish(Map.of("type", "playlist_create", "player", Map.of("uuid", "d"), "idempotency_key", "fresh"))
                .then()
                .statusCode(202);
    }

    @Test
    void acceptsOneOfManyRequestsThatUseAKeyAtTheSameTime() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            Map<String, Object> event =
                    Map.of("type", "videofacade_update", "player", Map.of("uuid", "a"), "idempotency_key", "race");
            List<Response> responses =
                    IntStream.range(0, 20)
                            .mapToObj(i -> CompletableFuture.supplyAsync(() -> publish(event)))
                            .toList()
                            .stream()
                            .map(CompletableFuture::join)
                            .toList();
            assertThat(responses)
                    .extracting(Response::statusCode)
                    .containsOnlyOnce(202)
                    .containsOnly(202, 200);
            assertThat(responses)
                    .extracting(r -> r.<String>path("event_id"))
                    .containsOnly(responses.get(0).<String>path("event_id"));
            String marker = api.publish("marker").path("event_id");
            assertThat(receiver.await(2))
                    .extracting(r -> r.header("webhook-id"))
                    .hasSize(2)
                    .contains(marker);
        }
    }

    @Test
    void keepsTheIdempotencyKeysOfOrganizationsApart() {
        Map<String, Object> event =
                Map.of("type", "playlist_create", "player", Map.of("uuid", "a"), "idempotency_key", "k");
        publish(event).then().statusCode(202);
        Api.ofNewOrganization()
                .request()
                .body(event)
                .post(EVENTS)
                .then()
                .statusCode(202)
                .body("event_id", notNullValue());
    }

    @Test
    void takesAKeyThatStandsTwiceInOneArrayOnce() {
        Map<String, Object> event =
                Map.of("type", "playlist_create", "player", Map.of("uuid", "a"), "idempotency_key", "twice");
        Response response = publish(List.of(event, event));
        response.then().statusCode(202).body("events[1].duplicate", equalTo(true));
        assertThat(response.<String>path("events[0].event_id")).isEqualTo(response.path("events[1].event_id"));
    }

    private String delivered(String player) {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            api.request()
                    .body("{\"type\": \"videofacade_update\", \"player\": " + player + "}")
                    .post(EVENTS)
                    .then()
                    .statusCode(202);
            return receiver.await(1).get(0).text();
        }
    }

    private Response publish(Object body) {
        return api.request().body(body).post(EVENTS);
    }

    private static Map<String, Object> event(String type) {
        return Map.of("type", type, "player", Map.of("uuid", "a-player"));
    }
}
