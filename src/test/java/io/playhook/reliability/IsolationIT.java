package io.playhook.reliability;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** What one receiver does is felt at its own webhook alone. All comparisons are made within one run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolationIT {

    private static final int WEBHOOKS = 100;
    private static final int SLOW = 5;
    private static final int HEALTHY = WEBHOOKS - SLOW - 2;
    private static final int EVENTS_IN_FLIGHT = 12;
    private static final int SWITCHES = Scale.IS_LONG ? 10 : 3;
    private static final Duration PHASE = Scale.of(Duration.ofSeconds(4), Duration.ofSeconds(10));
    private static final Duration WARM_UP = Scale.of(Duration.ofSeconds(6), Duration.ofSeconds(20));
    private static final int BACKLOG = Scale.IS_LONG ? 100_000 : 10_000;
    private static final int FRESH_EVENTS = 300;
    private static final String SENT_AT = "\"sent_at\":";

    // A build shares its machine with others: what is asked for there says only that nothing is badly wrong.
    private static final double LEAST_THROUGHPUT = Scale.IS_LONG ? 0.95 : 0.75;
    private static final double MOST_LATENCY = Scale.IS_LONG ? 1.2 : 2;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private FaultyPostgres postgres;
    private Cluster cluster;
    private String receiver;
    private volatile Phase phase = new Phase();

    /** What the healthy receivers of one stretch of time have got. */
    private static final class Phase {
        private final Semaphore room = new Semaphore(EVENTS_IN_FLIGHT * HEALTHY);
        private final List<Long> latencies = Collections.synchronizedList(new ArrayList<>());
    }

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        postgres = new FaultyPostgres(folder.resolve("data"));
        cluster = new Cluster(FaultyPostgres.configuration(postgres.port()), Map.of(), 1);
        int port = vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        receiver = "http://127.0.0.1:" + port;
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
        postgres.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void badReceiversCostTheOthersNothing() throws Exception {
        String allHealthy = cluster.newOrganization();
        for (int i = 0; i < WEBHOOKS; i++) {
            cluster.register(allHealthy, receiver + (i < HEALTHY ? "/healthy" : "/also-healthy"), Map.of());
        }
        String someBad = cluster.newOrganization();
        for (int i = 0; i < HEALTHY; i++) {
            cluster.register(someBad, receiver + "/healthy", Map.of());
        }
        for (int i = 0; i < SLOW; i++) {
            cluster.register(someBad, receiver + "/slow", Map.of());
        }
        cluster.register(someBad, receiver + "/hangs", Map.of());
        cluster.register(someBad, "http://127.0.0.1:" + closedPort() + "/dead", Map.of());

        load(allHealthy, WARM_UP);
        load(someBad, WARM_UP);
        List<Double> throughput = new ArrayList<>();
        List<Double> latency = new ArrayList<>();
        for (int i = 0; i < SWITCHES; i++) {
            // Each in turn, and in turn the first, so that what changes over time falls on both alike.
            Measured healthy = i % 2 == 0 ? load(allHealthy, PHASE) : null;
            Measured mixed = load(someBad, PHASE);
            healthy = healthy == null ? load(allHealthy, PHASE) : healthy;
            throughput.add(mixed.perSecond() / healthy.perSecond());
            latency.add(mixed.p99() / healthy.p99());
            System.out.printf("Isolation: %d of %d, all healthy %s, some bad %s%n", i + 1, SWITCHES, healthy, mixed);
        }
        Report.table(
                "Isolation: %d webhooks at full load; one hangs, %d take 5 s, one is dead; %d comparisons of %d s each"
                        .formatted(WEBHOOKS, SLOW, SWITCHES, PHASE.toSeconds()),
                "of the %d others".formatted(HEALTHY),
                "median of the ratios to all healthy",
                "least to most");
        Report.row("throughput", "%.2f".formatted(median(throughput)), range(throughput));
        Report.row("p99 from publish to arrival", "%.2f".formatted(median(latency)), range(latency));
        assertThat(median(throughput)).as("ratio of throughput").isGreaterThanOrEqualTo(LEAST_THROUGHPUT);
        assertThat(median(latency)).as("ratio of p99").isLessThanOrEqualTo(MOST_LATENCY);
    }

    @Test
    void aBacklogOfOneDoesNotDelayFreshEventsOfAnother() throws Exception {
        String crowded = cluster.newOrganization();
        cluster.register(crowded, receiver + "/crowded", Map.of());
        String fresh = cluster.newOrganization();
        cluster.register(fresh, receiver + "/healthy", Map.of());
        freshEvents(fresh);
        Measured before = freshEvents(fresh);
        for (int i = 0; i < BACKLOG / 1_000; i++) {
            cluster.publish(cluster.pods().get(0), crowded, 1_000);
        }
        Measured meanwhile = freshEvents(fresh);
        long waiting = postgres.number("select count(*) from delivery_queue");

        double delay = meanwhile.p99() - before.p99();
        Report.table(
                "A webhook with a backlog, and fresh events of another",
                "waiting",
                "p99 without the backlog",
                "p99 with it",
                "median with it");
        Report.row(
                waiting,
                "%.1f ms".formatted(before.p99()),
                "%.1f ms".formatted(meanwhile.p99()),
                "%.1f ms".formatted(meanwhile.p50()));
        assertThat(waiting).as("still waiting at the end").isGreaterThan(BACKLOG / 2);
        assertThat(delay).as("ms of delay at p99").isLessThanOrEqualTo(100);
    }

    private record Measured(double perSecond, double p50, double p99) {

        @Override
        public String toString() {
            return "%.0f/s, p99 %.0f ms".formatted(perSecond, p99);
        }
    }

    /** Publishes as fast as the healthy receivers get what was published. */
    private Measured load(String token, Duration duration) throws Exception {
        Phase current = new Phase();
        phase = current;
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        Thread[] publishers = new Thread[4];
        for (int i = 0; i < publishers.length; i++) {
            publishers[i] = new Thread(() -> {
                while (System.nanoTime() < end) {
                    current.room.acquireUninterruptibly(HEALTHY);
                    publish(token);
                }
            });
            publishers[i].start();
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        current.room.acquireUninterruptibly(EVENTS_IN_FLIGHT * HEALTHY);
        return measured(current, System.nanoTime() - start);
    }

    private Measured freshEvents(String token) throws Exception {
        Phase current = new Phase();
        phase = current;
        long start = System.nanoTime();
        for (int i = 0; i < FRESH_EVENTS; i++) {
            current.room.acquireUninterruptibly(1);
            publish(token);
            Thread.sleep(10);
        }
        current.room.acquireUninterruptibly(EVENTS_IN_FLIGHT * HEALTHY);
        return measured(current, System.nanoTime() - start);
    }

    private void publish(String token) {
        String body =
                "{\"type\": \"playlist_update\", \"player\": {\"uuid\":\"p\"," + SENT_AT + System.nanoTime() + "}}";
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + cluster.pods().get(0).port() + "/v1/events"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(202);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpServerRequest request) {
        switch (request.path()) {
            case "/healthy" ->
                request.body().onSuccess(body -> {
                    request.response().end();
                    String text = body.toString();
                    int at = text.indexOf(SENT_AT) + SENT_AT.length();
                    long sentAt = Long.parseLong(text.substring(at, text.indexOf('}', at)));
                    Phase current = phase;
                    current.latencies.add(System.nanoTime() - sentAt);
                    current.room.release();
                });
            case "/slow" -> vertx.setTimer(5_000, timer -> request.response().end());
            case "/crowded" -> vertx.setTimer(1_000, timer -> request.response().end());
            case "/hangs" -> {}
            default -> request.response().end();
        }
    }

    private static Measured measured(Phase phase, long nanos) {
        List<Long> sorted = phase.latencies.stream().sorted().toList();
        return new Measured(
                sorted.size() / (nanos / 1e9),
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.get(sorted.size() * 99 / 100) / 1e6);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String range(List<Double> values) {
        return "%.2f to %.2f".formatted(Collections.min(values), Collections.max(values));
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
