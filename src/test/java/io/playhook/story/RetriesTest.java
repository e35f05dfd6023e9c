package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.Deliveries.Settled;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

/** What a receiver answers decides what follows. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class RetriesTest {

    private static final Map<String, Object> QUICK = Map.of("retry_schedule", List.of("0s", "100ms", "200ms"));

    @Test
    void retriesAfterServerErrorsAndRecovers() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 404, 204))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), QUICK);
            String eventId = api.publish("a-player").path("event_id");

            List<Request> requests = receiver.await(3);

            assertThat(requests).extracting(r -> r.header("X-Playhook-Attempt")).containsExactly("1", "2", "3");
            assertThat(requests).extracting(r -> r.header("webhook-id")).containsOnly(eventId);
            assertThat(requests)
                    .extracting(r -> r.header("X-Playhook-Delivery"))
                    .hasSize(3)
                    .containsOnly(requests.get(0).header("X-Playhook-Delivery"));
            assertThat(requests)
                    .extracting(Request::text)
                    .containsOnly(requests.get(0).text());
            assertThat(requests).extracting(r -> r.header("traceparent")).doesNotHaveDuplicates();
            Settled settled = Deliveries.awaitSettled(eventId);
            assertThat(settled.status()).isEqualTo("delivered");
            assertThat(settled.attempts()).isEqualTo(3);
            assertThat(settled.outcomes()).containsExactly("rejected", "rejected", "delivered");
            assertThat(settled.statusCodes()).containsExactly(500, 404, 204);
        }
    }

    @Test
    void aRetryThatIsDueAtOnceDoesNotWaitForTheEndOfALease() {
        int count = 4;
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        response.setStatusCode(n <= count ? 503 : 200).end())) {
            Api api = Api.ofNewOrganization();
            IntStream.range(0, count)
                    .forEach(i -> api.register(receiver.url(), Map.of("retry_schedule", List.of("0s"))));
            // What a failure says of its receiver can't be noted for as long, and the queue is looked at several times.
            Deliveries.whileLocked("lock table circuits in exclusive mode", () -> {
                api.publish("a-player");
                receiver.await(2 * count);
            });
        }
    }

    @Test
    void failsAfterTheLastRetryAndSaysWhy() {
        try (Receiver receiver = new Receiver().answers(Answer.status(503))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), QUICK);
            Settled settled = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));

            assertThat(settled.status()).isEqualTo("failed");
            assertThat(settled.reason()).isEqualTo("all 4 attempts failed, the last: the receiver answered 503");
            assertThat(receiver.requests()).hasSize(4);
        }
    }

    @Test
    void followsNoRedirect() {
        try (Receiver target = new Receiver();
                Receiver receiver = new Receiver()
                        .answers((n, request, response) -> response.setStatusCode(307)
                                .putHeader("Location", target.url())
                                .end())) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("retry_schedule", List.of()));
            Settled settled = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));

            assertThat(settled.status()).isEqualTo("failed");
            assertThat(settled.reason()).contains("redirect");
            assertThat(target.requests()).isEmpty();
        }
    }

    @Test
    void retriesNoSoonerThanTheReceiverAsks() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) -> response.setStatusCode(n == 1 ? 429 : 200)
                        .putHeader("Retry-After", "2")
                        .end())) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), QUICK);
            api.publish("a-player");

            List<Request> requests = receiver.await(2);

            assertThat(Duration.between(requests.get(0).at(), requests.get(1).at()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
        }
    }

    @Test
    void retriesAReceiverThatIsNotThereAndRecovers() {
        Receiver gone = new Receiver();
        String url = gone.url();
        int port = gone.port();
        gone.close();
        Api api = Api.ofNewOrganization();
        api.register(url, Map.of("retry_schedule", List.of("1s", "1s", "1s", "1s", "1s")));
        String eventId = api.publish("a-player").path("event_id");
        Deliveries.awaitAttempts(eventId, 1);
        try (Receiver back = new Receiver("127.0.0.1", port)) {
            back.await(1);
            assertThat(Deliveries.awaitSettled(eventId).status()).isEqualTo("delivered");
        }
    }

    @Test
    void takesAnAnswerAfterTheDeadlineAsFailed() {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("timeout_ms", 1000, "retry_schedule", List.of()));
            Settled settled = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));

            assertThat(settled.status()).isEqualTo("failed");
            assertThat(settled.outcomes()).containsExactly("timed_out");
        }
    }

    @Test
    void countsABodyThatNeverEndsAgainstTheDeadline() {
        try (Receiver receiver = new Receiver().answers((n, request, response) -> {
            response.setChunked(true).setStatusCode(200);
            Vertx.currentContext().owner().setPeriodic(50, timer -> response.write("drip"));
        })) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("timeout_ms", 1000, "retry_schedule", List.of()));
            Settled settled = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));

            assertThat(settled.status()).isEqualTo("failed");
            assertThat(settled.outcomes()).containsExactly("timed_out");
        }
    }

    @Test
    void stopsAt410AndCancelsWhatIsOpen() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(503, 410))) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("retry_schedule", List.of("1h")));
            String first = api.publish("a-player").path("event_id");
            receiver.await(1);
            Deliveries.awaitAttempts(first, 1);
            String second = api.publish("a-player").path("event_id");

            assertThat(Deliveries.awaitSettled(second).status()).isEqualTo("canceled");
            assertThat(Deliveries.awaitSettled(first).status()).isEqualTo("canceled");
            api.publish("a-player").then().body("deliveries", equalTo(0));
            api.request()
                    .get("/v1/webhooks/{id}", webhookId)
                    .then()
                    .body("status", equalTo("disabled"))
                    .body("status_reason", containsString("410"));
            assertThat(receiver.requests()).hasSize(2);
        }
    }

    @Test
    void cancelsTheOpenDeliveriesOfADeletedWebhook() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url(), Map.of("retry_schedule", List.of("1h")));
            String eventId = api.publish("a-player").path("event_id");
            Deliveries.awaitAttempts(eventId, 1);

            api.request().delete("/v1/webhooks/{id}", webhookId).then().statusCode(200);

            Settled settled = Deliveries.awaitSettled(eventId);
            assertThat(settled.status()).isEqualTo("canceled");
            assertThat(settled.reason()).isEqualTo("the webhook was deleted");
        }
    }
}
