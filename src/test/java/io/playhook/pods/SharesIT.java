package io.playhook.pods;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** Two pods that look at the queue once an hour: whatever one can't send, the other hears of. */
class SharesIT {

    private static final int WEBHOOKS = 8;

    private final Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());

    @BeforeEach
    void lookOnceAnHour() {
        configuration.put("playhook.delivery.poll-interval", "1h");
    }

    @Test
    void whatAPodMayNotSendIsSentAtOnceByOneThatMay() throws IOException {
        List<Receiver> receivers = new ArrayList<>();
        try (Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration)) {
            awaitEachOther(a, b);
            Publisher publisher = Publisher.on(a);
            // Fewer requests at once than there are pods: one or the other may send nothing.
            for (int i = 0; i < WEBHOOKS; i++) {
                Receiver receiver = new Receiver();
                receivers.add(receiver);
                publisher.register(receiver, Map.of("max_concurrency", 1));
            }
            for (int round = 1; round <= 3; round++) {
                publisher.publish(1);
                publisher.at(b).publish(1);
                for (Receiver receiver : receivers) {
                    assertThat(receiver.await(2 * round)).hasSize(2 * round);
                }
            }
        } finally {
            receivers.forEach(Receiver::close);
        }
    }

    @Test
    void whatAPodThatStopsGivesBackDoesNotWaitForItsEnd() throws Exception {
        AtomicBoolean slow = new AtomicBoolean(true);
        try (Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration);
                Receiver receiver = new Receiver().answers((n, request, response) -> {
                    if (slow.get()) {
                        Vertx.currentContext().owner().setTimer(5_000, timer -> response.end());
                    } else {
                        response.end();
                    }
                })) {
            awaitEachOther(a, b);
            Publisher publisher = Publisher.on(a);
            publisher.register(receiver, Map.of("max_concurrency", 10));
            publisher.publish(100);
            // Half of what the webhook allows.
            receiver.await(5);
            slow.set(false);
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> stop(a));

            receiver.await(100);

            assertThat(a.isAlive()).as("the first five are in flight still").isTrue();
            stopped.join();
            assertThat(receiver.requests()).hasSize(100);
        }
    }

    private static void stop(Pod pod) {
        try {
            pod.stop();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitEachOther(Pod a, Pod b) {
        Awaitility.await("both pods know of each other")
                .until(() -> a.log().contains("of 2") && b.log().contains("of 2"));
    }
}
