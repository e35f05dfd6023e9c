package io.playhook.story;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;

/** What happens to an organization's webhooks is told to its other webhooks, where these subscribe to that. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class OperationalEventsTest {

    private static final List<String> ALL =
            List.of("webhook_disabled", "circuit_opened", "circuit_closed", "delivery_failed");

    private static final Map<String, Object> NO_RETRY = Map.of("retry_schedule", List.of());

    private Receiver listening;
    private Receiver troubled;
    private Api api;

    @BeforeEach
    void anOrganization() {
        listening = new Receiver();
        troubled = new Receiver().answers(Answer.status(500));
        api = Api.ofNewOrganization();
    }

    @AfterEach
    void close() {
        listening.close();
        troubled.close();
    }

    @Test
    void aCircuitThatOpensAndClosesIsToldOnceEach() {
        int listener = api.register(listening.url(), ALL, Map.of());
        int about = api.register(
                troubled.url(),
                Map.of("headers", Map.of("Authorization", "a secret"), "retry_schedule", List.of("1h")));
        for (int i = 0; i < 10; i++) {
            api.publish("p" + i);
        }
        JsonPath opened = listening.await(1).get(0).json();
        force(api, about, "open");
        force(api, about, "closed");
        List<Request> requests = listening.await(2);
        JsonPath closed = requests.get(1).json();

        assertThat(requests.get(0).header("X-Playhook-Event")).isEqualTo("circuit_opened");
        assertThat(requests.get(0).header("webhook-signature")).startsWith("v1,");
        assertThat(opened.getMap(""))
                .containsOnlyKeys("event_id", "type", "occurred_at", "organization_id", "webhook_id", "webhook");
        assertThat(opened.getString("type")).isEqualTo("circuit_opened");
        assertThat(opened.getInt("organization_id")).isEqualTo(api.organizationId());
        assertThat(opened.getInt("webhook_id")).isEqualTo(listener);
        assertThat(opened.getMap("webhook"))
                .containsOnlyKeys(
                        "webhook_id",
                        "organization_id",
                        "url",
                        "event_subscriptions",
                        "status",
                        "status_reason",
                        "circuit",
                        "created_at",
                        "updated_at")
                .containsEntry("webhook_id", about)
                .containsEntry("url", troubled.url())
                .containsEntry("status", "active");
        assertThat(opened.getString("webhook.circuit.state")).isEqualTo("open");
        assertThat(opened.getString("webhook.circuit.reason")).isNotBlank();
        assertThat(Instant.parse(opened.getString("webhook.circuit.next_probe_at")))
                .isAfter(Instant.parse(opened.getString("webhook.circuit.since")));
        assertThat(closed.getString("type")).isEqualTo("circuit_closed");
        assertThat(closed.getString("webhook.circuit.state")).isEqualTo("closed");
        assertThat(closed.getString("webhook.circuit.reason")).isEqualTo("closed by hand");
        assertThat(told(api)).containsExactly("circuit_opened", "circuit_closed");
    }

    @Test
    void itStandsInTheListsAndTheFeedAndIsAboutNoPlayer() {
        int listener = api.register(listening.url(), ALL, Map.of());
        int about = api.register(troubled.url());
        force(api, about, "open");
        String event = listening.await(1).get(0).json().getString("event_id");
        UUID delivery = Delivery.id(UUID.fromString(event), listener);
        Deliveries.awaitSettled(event);

        api.request()
                .get("/v1/events/{id}", event)
                .then()
                .statusCode(200)
                .body("type", equalTo("circuit_opened"))
                .body("player", nullValue())
                .body("delivery", nullValue())
                .body("webhook.webhook_id", equalTo(about))
                .body("deliveries.delivery_id", equalTo(List.of(delivery.toString())));
        api.request()
                .get("/v1/events?type=circuit_opened")
                .then()
                .statusCode(200)
                .body("data.webhook.webhook_id", equalTo(List.of(about)));
        api.request()
                .get("/v1/deliveries?type=circuit_opened")
                .then()
                .statusCode(200)
                .body("data.player_uuid", equalTo(Arrays.asList((Object) null)))
                .body("data.status", equalTo(List.of("delivered")));
        api.request()
                .get("/v1/deliveries/{id}", delivery)
                .then()
                .statusCode(200)
                .body("attempts.outcome", equalTo(List.of("delivered")));
        api.request()
                .get("/v1/webhooks?event=circuit_opened")
                .then()
                .body("data.webhook_id", equalTo(List.of(listener)));

        api.request().post("/v1/deliveries/{id}/retry", delivery).then().statusCode(202);
        assertThat(listening.await(2).get(1).text())
                .isEqualTo(listening.await(2).get(0).text());
    }

    @Test
    void anEventOfAPlayerTellsOfNoWebhook() {
        String event = api.publish("a-player").path("event_id");
        api.request()
                .get("/v1/events/{id}", event)
                .then()
                .body("player.uuid", equalTo("a-player"))
                .body("webhook", nullValue())
                .body("delivery", nullValue());
    }

    @Test
    void aWebhookNeverHearsOfItself() {
        int one = api.register(listening.url(), ALL, Map.of());
        force(api, one, "open");
        assertThat(told(api)).isEmpty();

        int another = api.register(listening.url(), ALL, Map.of());
        force(api, one, "closed");
        Request request = listening.await(1).get(0);
        assertThat(request.json().getInt("webhook_id")).isEqualTo(another);
        assertThat(deliveriesOf(api)).isEqualTo(1);
    }

    @Test
    void nothingIsWrittenWhereNobodyListens() {
        api.register(listening.url(), List.of("circuit_closed", "videofacade_update"), Map.of());
        int paused = api.register(listening.url(), ALL, Map.of());
        api.request().delete("/v1/webhooks/{id}", paused).then().statusCode(200);
        Api other = Api.ofNewOrganization();
        other.register(listening.url(), ALL, Map.of());

        force(api, api.register(troubled.url()), "open");
        assertThat(told(api)).isEmpty();
        assertThat(told(other)).isEmpty();
    }

    @Test
    void aReceiverThatIsGoneIsTold() {
        api.register(listening.url(), ALL, Map.of());
        try (Receiver gone = new Receiver().answers(Answer.status(410))) {
            int about = api.register(gone.url());
            api.publish("a-player");
            JsonPath told = listening.await(1).get(0).json();
            assertThat(told.getString("type")).isEqualTo("webhook_disabled");
            assertThat(told.getInt("webhook.webhook_id")).isEqualTo(about);
            assertThat(told.getString("webhook.status")).isEqualTo("disabled");
            assertThat(told.getString("webhook.status_reason")).contains("410");
        }
        assertThat(told(api)).containsExactly("webhook_disabled");
    }

    @Test
    void aDeliveryThatUsedUpItsAttemptsIsToldAsTheListShowsIt() {
        api.register(listening.url(), ALL, Map.of());
        int about = api.register(troubled.url(), Map.of("retry_schedule", List.of("0s")));
        String event = api.publish("a-player").path("event_id");

        Request request = listening.await(1).get(0);
        assertThat(request.json().getString("type")).isEqualTo("delivery_failed");
        assertThat(request.json().getInt("webhook.webhook_id")).isEqualTo(about);
        Map<String, Object> told = request.json().getMap("delivery");
        Map<String, Object> listed = api.request()
                .get("/v1/deliveries?event_id={id}", event)
                .jsonPath()
                .getMap("data[0]");
        assertThat(told).containsOnlyKeys(listed.keySet());
        assertThat(told).containsEntry("attempts_made", 2).containsEntry("status", "failed");
        told.forEach((field, value) -> {
            if (field.endsWith("_at") && value != null) {
                assertThat(Instant.parse((String) value)).as(field).isEqualTo(Instant.parse((String)
                        listed.get(field)));
            } else {
                assertThat(value).as(field).isEqualTo(listed.get(field));
            }
        });
        String id = request.json().getString("event_id");
        api.request()
                .get("/v1/events/{id}", id)
                .then()
                .body("delivery.event_id", equalTo(event))
                .body("webhook.webhook_id", equalTo(about));
    }

    // Of two webhooks that are dead each would have the other hear of it for ever.
    @Test
    void theFailureToTellIsToldToNobody() {
        api.register(troubled.url(), ALL, NO_RETRY);
        api.register(troubled.url(), ALL, NO_RETRY);
        api.register(troubled.url(), NO_RETRY);
        String event = api.publish("a-player").path("event_id");
        Deliveries.awaitSettled(event);
        Awaitility.await()
                .until(() -> Deliveries.query(
                                        "select from deliveries where organization_id = $1 and status = 'failed'",
                                        Tuple.of(api.organizationId()))
                                .size()
                        == 3);
        assertThat(told(api)).containsExactly("delivery_failed");
    }

    @Test
    void anOrganizationHearsOfThoseBelowIt() {
        Api middle = api.newFolder();
        Api bottom = middle.newFolder();
        Api beside = api.newFolder();
        int ofTop = api.register(listening.url(), ALL, Map.of());
        int ofMiddle = middle.register(listening.url(), ALL, Map.of());
        bottom.register(listening.url(), ALL, Map.of());
        beside.register(listening.url(), ALL, Map.of());
        int about = middle.register(troubled.url());

        force(middle, about, "open");
        List<Request> requests = listening.await(2);
        assertThat(requests)
                .extracting(request -> request.json().getInt("webhook_id"))
                .containsExactlyInAnyOrder(ofTop, ofMiddle);
        assertThat(requests)
                .extracting(request -> request.json().getInt("organization_id"))
                .containsOnly(middle.organizationId());
        assertThat(deliveriesOf(bottom)).isZero();
        assertThat(deliveriesOf(beside)).isZero();
    }

    @Test
    void noSettingForPlayersKeepsItFromAWebhook() {
        for (Map<String, Object> settings : List.<Map<String, Object>>of(
                Map.of("filter", Map.of("uuid", "another")),
                Map.of("ordering", "player", "coalesce_ms", 60_000),
                Map.of("format", "cloudevents"))) {
            api.register(listening.url(), ALL, settings);
        }
        int about = api.register(troubled.url());
        force(api, about, "open");
        List<JsonPath> bodies = listening.await(3).stream().map(Request::json).toList();
        assertThat(bodies)
                .filteredOn(body -> body.getString("specversion") != null)
                .singleElement()
                .satisfies(cloudEvent -> {
                    assertThat(cloudEvent.getString("type")).isEqualTo("circuit_opened");
                    assertThat(cloudEvent.getMap("")).doesNotContainKey("subject");
                    assertThat(cloudEvent.getInt("data.webhook.webhook_id")).isEqualTo(about);
                });
    }

    @Test
    void severalWhoChangeItAtOnceTellOnce() {
        api.register(listening.url(), ALL, Map.of());
        int about = api.register(troubled.url());
        IntStream.range(0, 8).parallel().forEach(i -> force(api, about, "open"));
        assertThat(told(api)).containsExactly("circuit_opened");
    }

    @Test
    void whoeverSubscribesLaterReplaysWhatIsMissingButForItself() {
        api.register(listening.url(), ALL, Map.of());
        int about = api.register(troubled.url());
        int later = api.register(listening.url());
        force(api, about, "open");
        force(api, later, "open");
        force(api, later, "closed");
        listening.await(3);
        api.request()
                .contentType("application/merge-patch+json")
                .body(Map.of("event_subscriptions", ALL, "settings", Map.of("filter", Map.of("uuid", "none"))))
                .patch("/v1/webhooks/{id}", later)
                .then()
                .statusCode(200);
        api.request()
                .body(Map.of("since", "2026-01-01T00:00:00Z", "status", List.of("missing")))
                .post("/v1/webhooks/{id}/replays", later)
                .then()
                .statusCode(201);
        JsonPath replayed = listening.await(4).get(3).json();
        assertThat(replayed.getInt("webhook_id")).isEqualTo(later);
        assertThat(replayed.getInt("webhook.webhook_id")).isEqualTo(about);
        Awaitility.await()
                .until(() -> api.request()
                        .get("/v1/webhooks/{id}/replays", later)
                        .path("data[0].status")
                        .equals("done"));
        assertThat(listening.requests()).hasSize(4);
    }

    @Test
    void nobodyPublishesOne() {
        for (String type : ALL) {
            api.request()
                    .body(Map.of("type", type, "player", Map.of("uuid", "a-player")))
                    .post("/v1/events")
                    .then()
                    .statusCode(400)
                    .body("errors.field", hasItem("type"));
        }
    }

    private static void force(Api api, int webhookId, String state) {
        api.request()
                .body(Map.of("state", state))
                .put("/v1/webhooks/{id}/circuit", webhookId)
                .then()
                .statusCode(200);
    }

    /** The types of the operational events of an organization, in their order. */
    private static List<String> told(Api api) {
        return Deliveries.query(
                        "select type from events where organization_id = $1 and player_uuid = '' order by tx",
                        Tuple.of(api.organizationId()))
                .stream()
                .map(row -> row.getString("type"))
                .toList();
    }

    private static int deliveriesOf(Api api) {
        List<Row> rows = Deliveries.query(
                "select from delivery_queue where organization_id = $1 union all select from deliveries where organization_id = $1",
                Tuple.of(api.organizationId()));
        return rows.size();
    }
}
