package io.playhook.story;

import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

/** An organization's webhooks hear the events of all that lie below it, and nobody else's do. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class FoldersTest {

    private Receiver receiver;
    private Api top;
    private Api middle;
    private Api bottom;
    private Api beside;

    @BeforeEach
    void folders() {
        receiver = new Receiver();
        top = Api.ofNewOrganization();
        middle = top.newFolder();
        bottom = middle.newFolder();
        beside = top.newFolder();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void eachEventGoesOnceToEachWebhookOfItsOwnAndOfThoseAbove() {
        int ofTop = top.register(receiver.url());
        int ofMiddle = middle.register(receiver.url());
        int ofBottom = bottom.register(receiver.url());
        beside.register(receiver.url());

        bottom.publish("a-player").then().body("deliveries", equalTo(3));
        List<Integer> reached = receiver.await(3).stream()
                .map(request -> JsonPath.from(request.text()))
                .peek(body -> assertThat(body.getInt("organization_id")).isEqualTo(bottom.organizationId()))
                .map(body -> body.getInt("webhook_id"))
                .sorted()
                .toList();
        assertThat(reached).containsExactly(ofTop, ofMiddle, ofBottom);

        middle.publish("another").then().body("deliveries", equalTo(2));
        top.publish("a-third").then().body("deliveries", equalTo(1));
        Api.ofNewOrganization().publish("a-player").then().body("deliveries", equalTo(0));
        assertThat(receiver.await(6)).hasSize(6);
    }

    @Test
    void theSameHoldsForAnArrayWithAKeyAndForEventsOfManyTogether() {
        top.register(receiver.url());
        bottom.register(receiver.url(), Map.of("ordering", "player"));

        String event = "{\"type\": \"videofacade_update\", \"player\": {\"uuid\": \"a-player\"}}";
        for (int i = 0; i < 2; i++) {
            bottom.request()
                    .header("Idempotency-Key", "a key")
                    .body("[%1$s,%1$s]".formatted(event))
                    .post("/v1/events")
                    .then()
                    .body(
                            "events.duplicate",
                            equalTo(i == 0 ? java.util.Arrays.asList(null, null) : List.of(true, true)));
        }
        List<Integer> deliveries = List.of(top, middle, bottom, beside).parallelStream()
                .map(api -> api.publish("p").<Integer>path("deliveries"))
                .toList();

        assertThat(deliveries).containsExactly(1, 1, 2, 1);
        assertThat(receiver.await(9)).hasSize(9);
    }

    @Test
    void filtersAndSubscriptionsOfThoseAboveCount() {
        top.register(receiver.url(), Map.of("filter", Map.of("uuid", "wanted")));
        top.registerForAll(receiver.url(), Map.of());

        bottom.publish("wanted").then().body("deliveries", equalTo(2));
        bottom.publish("other").then().body("deliveries", equalTo(1));
        bottom.publish("videofacade_create", "wanted").then().body("deliveries", equalTo(1));
        assertThat(receiver.await(4)).hasSize(4);
    }

    @Test
    void aDeliveryBelongsToTheOrganizationOfItsWebhook() {
        int ofTop = top.register(receiver.url());
        int ofBottom = bottom.register(receiver.url());
        String event = bottom.publish("a-player").path("event_id");
        receiver.await(2);

        for (String query : List.of("event_id=" + event, "player_uuid=a-player", "webhook_id=" + ofTop, "")) {
            top.request()
                    .get("/v1/deliveries?limit=50&" + query)
                    .then()
                    .statusCode(200)
                    .body("data.webhook_id", equalTo(List.of(ofTop)))
                    .body("data.organization_id", equalTo(List.of(top.organizationId())));
        }
        for (String query : List.of("event_id=" + event, "player_uuid=a-player")) {
            bottom.request()
                    .get("/v1/deliveries?limit=50&" + query)
                    .then()
                    .body("data.webhook_id", equalTo(List.of(ofBottom)));
            beside.request().get("/v1/deliveries?limit=50&" + query).then().body("data", hasSize(0));
        }
    }

    @Test
    void anEventIsShownToThoseAboveWithTheirDeliveries() {
        int ofTop = top.register(receiver.url());
        int ofBottom = bottom.register(receiver.url());
        String event = bottom.publish("a-player").path("event_id");

        shown(top, event).then().statusCode(200).body("deliveries.webhook_id", equalTo(List.of(ofTop)));
        shown(middle, event).then().statusCode(200).body("deliveries", hasSize(0));
        shown(bottom, event)
                .then()
                .body("organization_id", equalTo(bottom.organizationId()))
                .body("deliveries.webhook_id", equalTo(List.of(ofBottom)));
        shown(beside, event).then().statusCode(404);
        String ofTheTop = top.publish("a-player").path("event_id");
        shown(bottom, ofTheTop).then().statusCode(404);
        top.request().get("/v1/events").then().body("data.event_id", equalTo(List.of(ofTheTop)));
    }

    @Test
    void aRetryIsTheAffairOfTheWebhooksOrganization() {
        receiver.answers(Answer.inTurn(500, 200));
        top.register(receiver.url(), Map.of("retry_schedule", List.of("1h")));
        String event = bottom.publish("a-player").path("event_id");
        receiver.await(1);
        String delivery = receiver.requests().get(0).header("X-Playhook-Delivery");

        bottom.request().post("/v1/deliveries/{id}/retry", delivery).then().statusCode(404);
        Awaitility.await("the attempt recorded")
                .until(() -> top.request().get("/v1/deliveries/{id}", delivery).<Integer>path("attempts_made") == 1);
        top.request()
                .get("/v1/deliveries/{id}", delivery)
                .then()
                .body("event_id", equalTo(event))
                .body("why", containsString("attempt 2"));
        top.request().post("/v1/deliveries/{id}/retry", delivery).then().statusCode(202);
        receiver.await(2);
    }

    @Test
    void aReplayOfWhatIsMissingCountsThoseBelow() {
        bottom.publish("p-bottom");
        middle.publish("p-middle");
        top.publish("p-top");
        beside.publish("p-beside");
        Api.ofNewOrganization().publish("p-other");
        int webhook = middle.register(receiver.url());
        bottom.publish("p-new");
        receiver.await(1);

        int replay = middle.request()
                .body("{\"since\": \"2026-01-01T00:00:00Z\", \"status\": [\"missing\"]}")
                .post("/v1/webhooks/{id}/replays", webhook)
                .then()
                .statusCode(201)
                .extract()
                .path("replay_id");

        assertThat(receiver.await(3).stream()
                        .map(request -> JsonPath.from(request.text()).getString("player.uuid")))
                .containsExactlyInAnyOrder("p-bottom", "p-middle", "p-new");
        Awaitility.await("the replay's end")
                .until(() -> middle.request()
                        .get("/v1/replays/{id}", replay)
                        .path("status")
                        .equals("done"));
        middle.request()
                .get("/v1/replays/{id}", replay)
                .then()
                .body("total", equalTo(2))
                .body("sent", equalTo(2));
        middle.request()
                .get("/v1/deliveries?player_uuid=p-bottom")
                .then()
                .body("data.organization_id", equalTo(List.of(middle.organizationId())));
    }

    @Test
    void aFolderThatLiesTooDeepIsRefused() {
        Api deepest = bottom;
        for (int i = 0; i < 13; i++) {
            deepest = deepest.newFolder();
        }
        top.register(receiver.url());
        deepest.publish("a-player").then().body("deliveries", equalTo(1));
        Api.asAdmin()
                .body(Map.of("name", "deeper", "parent_id", deepest.organizationId()))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("parent_id")));
        receiver.await(1);
    }

    private static Response shown(Api api, String event) {
        return api.request().get("/v1/events/{id}", event);
    }
}
