package io.playhook.reliability;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;

/** What a webhook allows is kept by two pods together, measured at the receiver. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitsIT {

    private static final Duration HOLD = Duration.ofSeconds(1);
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(4);

    private FaultyPostgres postgres;
    private Cluster cluster;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        postgres = new FaultyPostgres(folder.resolve("data"));
        cluster = new Cluster(
                FaultyPostgres.configuration(postgres.port()),
                Map.of(
                        "playhook.circuit.hold", HOLD.toSeconds() + "s",
                        "playhook.circuit.max-hold", LONGEST_HOLD.toSeconds() + "s"),
                2);
        Awaitility.await("both pods know of each other")
                .atMost(Duration.ofSeconds(20))
                .until(() -> cluster.pods().get(0).log().contains("of 2"));
        Report.table("Limits: two pods, measured at the receiver", "limit", "allowed", "measured");
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
        postgres.close();
    }

    @Test
    void neverMoreInFlightThanAWebhookAllows() {
        for (int allowed : new int[] {1, 5, 20}) {
            AtomicInteger inFlight = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            try (Receiver receiver = new Receiver().answers((n, request, response) -> {
                most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                Vertx.currentContext().owner().setTimer(5, timer -> {
                    inFlight.decrementAndGet();
                    response.end();
                });
            })) {
                String token = cluster.newOrganization();
                cluster.register(token, receiver.url(), Map.of("max_concurrency", allowed));
                for (int i = 0; i < 20; i++) {
                    cluster.publish(cluster.pods().get(i % 2), token, 20);
                }
                receiver.await(400);
                Report.row("`max_concurrency`", allowed, most);
                assertThat(most.get()).isBetween((allowed + 1) / 2, allowed);
            }
        }
    }

    @Test
    void neverMoreRequestsASecondThanAWebhookAllows() {
        int allowed = 40;
        try (Receiver receiver = new Receiver()) {
            String token = cluster.newOrganization();
            cluster.register(token, receiver.url(), Map.of("rate_limit", allowed));
            for (int i = 0; i < 10; i++) {
                cluster.publish(cluster.pods().get(i % 2), token, 20);
            }
            List<Request> requests = receiver.await(200);
            int most = IntStream.range(0, requests.size())
                    .map(i -> inTheSecondFrom(requests, requests.get(i).at()))
                    .max()
                    .orElseThrow();
            Duration took = Duration.between(
                    requests.get(0).at(), requests.get(requests.size() - 1).at());
            Report.row("`rate_limit`, in the fullest second", allowed, most);
            // Each pod spaces its own part evenly; where their beats fall, a second can hold one more of each.
            assertThat(most).isLessThanOrEqualTo(allowed + 2);
            assertThat(took).isBetween(Duration.ofMillis(4_800), Duration.ofSeconds(12));
        }
    }

    @Test
    void aDeadReceiverGetsOneRequestForEachProbe() throws Exception {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            String token = cluster.newOrganization();
            int webhookId =
                    cluster.register(token, receiver.url(), Map.of("retry_schedule", Collections.nCopies(15, "10ms")));
            for (int i = 0; i < 10; i++) {
                cluster.publish(cluster.pods().get(i % 2), token, 50);
            }
            Awaitility.await("the circuit open")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> postgres.number(
                                    "select count(*) from circuits where state = 'open' and webhook_id = " + webhookId)
                            == 1);
            // What was in flight when it opened.
            Thread.sleep(300);
            int before = receiver.requests().size();
            Thread.sleep(Duration.ofSeconds(13).toMillis());
            List<Request> probes = List.copyOf(
                    receiver.requests().subList(before, receiver.requests().size()));
            List<Duration> pauses = IntStream.range(1, probes.size())
                    .mapToObj(i -> Duration.between(
                            probes.get(i - 1).at(), probes.get(i).at()))
                    .toList();
            Report.row(
                    "requests to a dead receiver in 13 s, 500 deliveries waiting, probes after 1, 2, 4, 4 s",
                    "4 or 5",
                    probes.size());
            assertThat(probes).hasSizeBetween(3, 5);
            Duration expected = HOLD;
            for (Duration pause : pauses) {
                expected =
                        expected.multipliedBy(2).compareTo(LONGEST_HOLD) > 0 ? LONGEST_HOLD : expected.multipliedBy(2);
                assertThat(pause).isGreaterThanOrEqualTo(expected.minusMillis(50));
            }
        }
    }

    private static int inTheSecondFrom(List<Request> requests, Instant from) {
        Instant to = from.plusSeconds(1);
        return (int) requests.stream()
                .filter(r -> !r.at().isBefore(from) && r.at().isBefore(to))
                .count();
    }
}
