package io.playhook.webhook;

import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
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
class WebhookStatusTest {

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void holdsDeliveriesWhilePausedAndSendsThemThen() {
        try (Receiver receiver = new Receiver();
                Receiver marker = new Receiver()) {
            int id = api.register(receiver.url());
            post(id, "pause").then().statusCode(200).body("status", equalTo("paused"));
            api.register(marker.url());
            for (int i = 0; i < 20; i++) {
                api.publish("p").then().body("deliveries", equalTo(2));
            }
            marker.await(20);
            assertThat(receiver.requests()).isEmpty();
            post(id, "resume").then().statusCode(200).body("status", equalTo("active"));
            assertThat(receiver.await(20))
                    .extracting(request -> request.header("webhook-id"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void keepsWhatWaitsForItsRetryWhilePaused() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 200))) {
            int id = api.register(receiver.url(), Map.of("retry_schedule", List.of("1s")));
            String event = api.publish("p").path("event_id");
            Deliveries.awaitAttempts(event, 1);
            post(id, "pause").then().statusCode(200);
            assertThat(Deliveries.awaitAttempts(event, 1).getInteger("attempts"))
                    .isEqualTo(1);
            post(id, "resume").then().statusCode(200);
            assertThat(Deliveries.awaitSettled(event).attempts()).isEqualTo(2);
        }
    }

    @Test
    void finishesWhatIsInFlightAndSendsNothingAfter() {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            int id = api.register(receiver.url(), Map.of("max_concurrency", 2, "timeout_ms", 1_000));
            for (int i = 0; i < 6; i++) {
                api.publish("p");
            }
            receiver.await(2);
            post(id, "pause").then().statusCode(200);
            org.awaitility.Awaitility.await("both attempts recorded")
                    .until(() -> Deliveries.query(
                                            "select from delivery_queue where webhook_id = $1 and attempts = 1",
                                            Tuple.of(id))
                                    .size()
                            == 2);
            // Nothing is held any more, so nothing can go out.
            org.awaitility.Awaitility.await("all given back")
                    .until(() -> Deliveries.query(
                                    "select from delivery_queue where webhook_id = $1 and leased_by is not null",
                                    Tuple.of(id))
                            .isEmpty());
            assertThat(receiver.requests()).hasSize(2);
        }
    }

    @Test
    void changesNothingTheSecondTime() {
        int id = api.register("https://example.com/");
        Response paused = post(id, "pause");
        post(id, "pause").then().statusCode(200).header("ETag", paused.header("ETag"));
        Response resumed = post(id, "resume");
        assertThat(resumed.header("ETag")).isNotEqualTo(paused.header("ETag"));
        post(id, "resume").then().statusCode(200).header("ETag", resumed.header("ETag"));
    }

    @Test
    void enablesADisabledWebhookWhichBeginsAnew() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(410, 200))) {
            int id = api.register(receiver.url());
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            org.awaitility.Awaitility.await("disabled")
                    .until(() -> get(id).path("status").equals("disabled"));
            get(id).then().body("status_reason", equalTo("the receiver answered 410 Gone"));
            Deliveries.query(
                    "insert into circuits (webhook_id, state, since, open_until, failing_since, failures, reason)"
                            + " values ($1, 'open', now(), now() + interval '1 hour', now() - interval '6 days', 99, 'a')",
                    Tuple.of(id));
            post(id, "pause").then().statusCode(400);

            post(id, "resume")
                    .then()
                    .statusCode(200)
                    .body("status", equalTo("active"))
                    .body("status_reason", nullValue())
                    .body("circuit.state", equalTo("closed"));

            assertThat(Deliveries.awaitSettled(api.publish("p").path("event_id"))
                            .status())
                    .isEqualTo("delivered");
            assertThat(Deliveries.query(
                                    "select failures, failing_since from circuits where webhook_id = $1", Tuple.of(id))
                            .get(0)
                            .getValue("failing_since"))
                    .isNull();
        }
    }

    @Test
    void readsATokenInTheBody() {
        int id = api.register("https://example.com/");
        io.restassured.RestAssured.given()
                .contentType("application/json")
                .body(Map.of("auth_token", api.token()))
                .post("/v1/webhooks/{id}/pause", id)
                .then()
                .statusCode(200);
        api.request()
                .body("no json")
                .post("/v1/webhooks/{id}/resume", id)
                .then()
                .statusCode(200);
    }

    private Response post(int id, String action) {
        return api.request().post("/v1/webhooks/{id}/{action}", id, action);
    }

    private Response get(int id) {
        return api.request().get("/v1/webhooks/{id}", id);
    }
}
