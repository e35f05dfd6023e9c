package io.playhook.story;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.Deliveries.Settled;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** With {@code coalesce_ms}, of several waiting updates of a player the newest alone is sent. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class CoalescingTest {

    @Test
    void sendsTheNewestUpdateAndRecordsTheOthersAsSuperseded() {
        for (String ordering : List.of("none", "player")) {
            try (Receiver receiver = new Receiver()) {
                Api api = Api.ofNewOrganization();
                api.registerForAll(receiver.url(), Map.of("coalesce_ms", 1_500, "ordering", ordering));
                String first = api.publish("p").path("event_id");
                String second = api.publish("p").path("event_id");
                String other = api.publish("q").path("event_id");
                String newest = api.publish("p").path("event_id");

                Settled superseded = Deliveries.awaitSettled(first);
                assertThat(superseded.status()).isEqualTo("superseded");
                assertThat(superseded.reason()).isEqualTo("a newer update of the player took its place");
                assertThat(superseded.attempts()).isZero();
                assertThat(Deliveries.awaitSettled(second).status()).isEqualTo("superseded");
                assertThat(Deliveries.awaitSettled(newest).status()).isEqualTo("delivered");
                assertThat(Deliveries.awaitSettled(other).status()).isEqualTo("delivered");
                assertThat(receiver.requests())
                        .extracting(r -> r.header("webhook-id"))
                        .containsExactlyInAnyOrder(newest, other);
            }
        }
    }

    @Test
    void oneUpdateAfterTheOtherDoesNotKeepThemFromGoingOut() {
        for (String ordering : List.of("none", "player")) {
            try (Receiver receiver = new Receiver()) {
                Api api = Api.ofNewOrganization();
                api.registerForAll(receiver.url(), Map.of("coalesce_ms", 500, "ordering", ordering));
                AtomicInteger published = new AtomicInteger();
                // Each comes before the hold of the one before it is over.
                Awaitility.await("updates received while more are coming")
                        .atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> {
                            api.publish("p");
                            published.incrementAndGet();
                            return receiver.requests().size() >= 3;
                        });
                assertThat(published.get())
                        .isGreaterThan(2 * receiver.requests().size());
            }
        }
    }

    @Test
    void aDestroyCancelsWaitingUpdates() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.registerForAll(receiver.url(), Map.of("coalesce_ms", 60_000));
            String update = api.publish("p").path("event_id");
            String other = api.publish("q").path("event_id");
            String destroy = api.publish("videofacade_destroy", "p").path("event_id");

            Settled canceled = Deliveries.awaitSettled(update);
            assertThat(canceled.status()).isEqualTo("canceled");
            assertThat(canceled.reason()).isEqualTo("the player was destroyed");
            assertThat(Deliveries.awaitSettled(destroy).status()).isEqualTo("delivered");
            assertThat(receiver.requests())
                    .extracting(r -> r.header("webhook-id"))
                    .containsExactly(destroy);
            Deliveries.awaitAttempts(other, 0);
        }
    }

    @Test
    void anUpdateInFlightIsNotRetriedOnceANewerOneCame() {
        for (String newer : List.of("videofacade_update", "videofacade_destroy")) {
            for (String ordering : List.of("none", "player")) {
                try (Receiver receiver = failingSlowlyOnce()) {
                    Api api = Api.ofNewOrganization();
                    Map<String, Object> settings = new HashMap<>(Map.of("coalesce_ms", 1, "ordering", ordering));
                    settings.put("retry_schedule", List.of("0s"));
                    api.registerForAll(receiver.url(), settings);
                    String first = api.publish("p").path("event_id");
                    receiver.await(1);
                    String second = api.publish(newer, "p").path("event_id");

                    Settled outdated = Deliveries.awaitSettled(first);
                    assertThat(outdated.status())
                            .as("%s, ordering %s", newer, ordering)
                            .isEqualTo(newer.endsWith("update") ? "superseded" : "canceled");
                    assertThat(outdated.attempts()).isEqualTo(1);
                    assertThat(outdated.outcomes()).containsExactly("rejected");
                    assertThat(Deliveries.awaitSettled(second).status()).isEqualTo("delivered");
                }
            }
        }
    }

    @Test
    void whatIsNoUpdateIsSentAtOnceAndNeverLeftOut() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.registerForAll(receiver.url(), Map.of("coalesce_ms", 60_000));
            String create = api.publish("videofacade_create", "p").path("event_id");
            String again = api.publish("videofacade_create", "p").path("event_id");
            api.publish("p");

            assertThat(Deliveries.awaitSettled(create).status()).isEqualTo("delivered");
            assertThat(Deliveries.awaitSettled(again).status()).isEqualTo("delivered");
        }
    }

    private static Receiver failingSlowlyOnce() {
        return new Receiver().answers((n, request, response) -> {
            response.setStatusCode(n == 1 ? 500 : 200);
            Vertx.currentContext().owner().setTimer(n == 1 ? 1_000 : 1, timer -> response.end());
        });
    }
}
