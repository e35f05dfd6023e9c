package io.playhook.history;

import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
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
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class RetryByHandTest {

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
    void sendsAFailedOneAgainWithTheNextNumber() {
        receiver.answers(Answer.inTurn(500, 500, 200));
        api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
        String event = api.publish("p").path("event_id");
        assertThat(Deliveries.awaitSettled(event).status()).isEqualTo("failed");
        retry(event)
                .then()
                .statusCode(202)
                .body("attempts_made", equalTo(2))
                .body("reason", nullValue())
                .body("settled_at", nullValue())
                .body("attempts.number", equalTo(List.of(1, 2)));
        receiver.await(3);
        Deliveries.Settled settled = Deliveries.awaitSettled(event);
        assertThat(settled.status()).isEqualTo("delivered");
        assertThat(settled.statusCodes()).containsExactly(500, 500, 200);
        assertThat(receiver.requests().get(2).header("X-Playhook-Attempt")).isEqualTo("3");
        assertThat(receiver.requests().get(2).text())
                .isEqualTo(receiver.requests().get(0).text());
    }

    @Test
    void sendsADeliveredOneAgainAsOftenAsOneLikes() {
        api.register(receiver.url());
        String event = api.publish("p").path("event_id");
        for (int made = 1; made <= 4; made++) {
            receiver.await(made);
            Deliveries.awaitSettled(event);
            retry(event).then().statusCode(202);
        }
        receiver.await(5);
        assertThat(receiver.requests())
                .extracting(request -> request.header("X-Playhook-Attempt"))
                .containsExactly("1", "2", "3", "4", "5");
    }

    @Test
    void hastensOneThatWaitsForItsRetry() {
        receiver.answers(Answer.inTurn(500, 200));
        api.register(receiver.url(), Map.of("retry_schedule", List.of("10h")));
        String event = api.publish("p").path("event_id");
        Deliveries.awaitAttempts(event, 1);
        retry(event).then().statusCode(202);
        assertThat(Deliveries.awaitSettled(event).attempts()).isEqualTo(2);
    }

    @Test
    void letsOneThatWaitsForItsTurnGoFirst() {
        receiver.answers(Answer.inTurn(500, 200));
        api.register(receiver.url(), Map.of("ordering", "player", "retry_schedule", List.of("10h")));
        String first = api.publish("p").path("event_id");
        Deliveries.awaitAttempts(first, 1);
        String second = api.publish("p").path("event_id");
        retry(second).then().statusCode(202);
        assertThat(Deliveries.awaitSettled(second).status()).isEqualTo("delivered");
        retry(first).then().statusCode(202);
        assertThat(Deliveries.awaitSettled(first).status()).isEqualTo("delivered");
    }

    @Test
    void leavesOneThatIsOnItsWayAlone() {
        receiver.answers(Answer.never());
        api.register(receiver.url(), Map.of("timeout_ms", 1_500, "retry_schedule", List.of("10h")));
        String event = api.publish("p").path("event_id");
        receiver.await(1);
        retry(event).then().statusCode(202).body("why", equalTo("Attempt 1 is on its way to the receiver."));
        Deliveries.awaitAttempts(event, 1);
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void opensOneOnceForThoseWhoAskAtOnce() {
        api.register(receiver.url());
        String event = api.publish("p").path("event_id");
        Deliveries.awaitSettled(event);
        int webhook = pauseAndGet(event);
        List<Integer> statuses = java.util.stream.IntStream.range(0, 8)
                .parallel()
                .mapToObj(i -> retry(event).statusCode())
                .toList();
        assertThat(statuses).containsOnly(202);
        retry(event).then().body("why", equalTo("It waits because the webhook is paused."));
        api.request().post("/v1/webhooks/{id}/resume", webhook).then().statusCode(200);
        receiver.await(2);
        Awaitility.await("settled, once")
                .until(() -> Deliveries.query("select from delivery_queue where webhook_id = $1", Tuple.of(webhook))
                        .isEmpty());
        assertThat(receiver.requests()).hasSize(2);
    }

    @Test
    void saysWhyItCanNotGoOut() {
        receiver.answers(Answer.status(410));
        int webhook = api.register(receiver.url());
        String event = api.publish("p").path("event_id");
        Deliveries.awaitSettled(event);
        Awaitility.await("disabled")
                .until(() -> api.request()
                        .get("/v1/webhooks/{id}", webhook)
                        .path("status")
                        .equals("disabled"));
        retry(event).then().statusCode(400).body("detail", equalTo("The webhook is disabled: resume it first."));
        api.request().post("/v1/webhooks/{id}/resume", webhook).then().statusCode(200);
        receiver.answers(Answer.status(200));
        retry(event).then().statusCode(202);
        Awaitility.await("delivered")
                .until(() -> Deliveries.awaitSettled(event).status().equals("delivered"));
        Deliveries.query("update events set player = null where id = $1", Tuple.of(java.util.UUID.fromString(event)));
        retry(event).then().statusCode(400);
        api.request().delete("/v1/webhooks/{id}", webhook).then().statusCode(200);
        retry(event).then().statusCode(400).body("detail", equalTo("The webhook was deleted."));
    }

    private int pauseAndGet(String event) {
        int webhook = api.request().get("/v1/deliveries?event_id=" + event).path("data[0].webhook_id");
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        return webhook;
    }

    private Response retry(String event) {
        String id = api.request().get("/v1/deliveries?event_id=" + event).path("data[0].delivery_id");
        return api.request().post("/v1/deliveries/{id}/retry", id);
    }
}
