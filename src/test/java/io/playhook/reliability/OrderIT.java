package io.playhook.reliability;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.pods.Pod;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ordered webhooks with everything that could put events out of order: fifty publishers at two pods, a receiver that fails
 * at random, retries, and a pod that is killed.
 */
class OrderIT {

    private static final int PUBLISHERS = 50;
    private static final int PLAYERS = 40;
    private static final double FAILURES = 0.2;
    private static final Duration LOAD = Duration.ofSeconds(3);
    private static final List<String> RETRIES = List.of(
            "10ms", "20ms", "50ms", "50ms", "100ms", "100ms", "1s", "1s", "1s", "1s", "2s", "2s", "5s", "5s", "5s");

    private final AtomicLong clock = new AtomicLong();
    private final Queue<Published> published = new ConcurrentLinkedQueue<>();
    private final Map<String, Map<String, Long>> firstTries = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Long>> firstSuccesses = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /** A publish that was accepted: asked for at {@code from}, answered at {@code to}, both on the test's own clock. */
    private record Published(String eventId, String player, long from, long to) {}

    @Test
    void everyPlayersEventsArriveInTheOrderInWhichTheyWereAccepted(@TempDir Path folder) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (FaultyPostgres postgres = new FaultyPostgres(folder.resolve("data"));
                Cluster cluster = new Cluster(
                        FaultyPostgres.configuration(postgres.port()),
                        Map.of("playhook.delivery.lease", "5s", "playhook.delivery.timeout", "2s"),
                        2)) {
            int port = vertx.createHttpServer()
                    .requestHandler(request -> answer(vertx, request))
                    .listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join()
                    .actualPort();
            String url = "http://127.0.0.1:" + port + "/";
            cluster.register(url + "ordered", Map.of("ordering", "player", "retry_schedule", RETRIES));
            cluster.register(
                    url + "coalescing", Map.of("ordering", "player", "coalesce_ms", 50, "retry_schedule", RETRIES));

            for (int round = 1; round <= Scale.ROUNDS; round++) {
                stopped = false;
                List<Thread> publishers = startPublishers(cluster);
                Thread.sleep(LOAD.toMillis());
                cluster.killAndReplace(round % 2);
                Thread.sleep(LOAD.toMillis());
                stopped = true;
                for (Thread publisher : publishers) {
                    publisher.join();
                }
                Awaitility.await("all settled")
                        .atMost(Duration.ofMinutes(2))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> postgres.number("select count(*) from delivery_queue") == 0);
                System.out.printf("Order: round %d of %d, %d events%n", round, Scale.ROUNDS, published.size());
            }

            Report.table(
                    "Order: two pods, %d publishers, %d players, %.0f %% of the requests failed, %d kills of a pod"
                            .formatted(PUBLISHERS, PLAYERS, FAILURES * 100, Scale.ROUNDS),
                    "webhook",
                    "events accepted",
                    "arrived",
                    "superseded by a newer one",
                    "arrived before one that was accepted earlier",
                    "lost");
            assertOrder(postgres, "ordered", 0);
            assertOrder(postgres, "coalescing", count(postgres, "coalescing", "superseded"));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private void assertOrder(FaultyPostgres postgres, String webhook, long superseded) throws Exception {
        Map<String, Long> arrived = firstSuccesses.get(webhook);
        Set<String> left = Set.copyOf(postgres.strings("""
                select d.event_id from deliveries d join webhooks w on w.id = d.webhook_id
                where d.status = 'superseded' and w.url like '%%/%s'""".formatted(webhook)));
        long lost = published.stream()
                .filter(event -> !arrived.containsKey(event.eventId()) && !left.contains(event.eventId()))
                .count();
        long leaps = published.stream().collect(Collectors.groupingBy(Published::player)).values().stream()
                .mapToLong(events -> leaps(events, webhook))
                .sum();
        Report.row(webhook, published.size(), arrived.size(), superseded, leaps, lost);
        assertThat(count(postgres, webhook, "failed")).as("failed").isZero();
        assertThat(leaps).as("leaps ahead at " + webhook).isZero();
        assertThat(lost).as("lost at " + webhook).isZero();
        if (webhook.equals("ordered")) {
            assertThat(superseded).isZero();
        }
    }

    /** How many events were tried before one that was accepted earlier had arrived. */
    private long leaps(List<Published> events, String webhook) {
        Map<String, Long> arrived = firstSuccesses.get(webhook);
        List<Published> delivered = events.stream()
                .filter(event -> arrived.containsKey(event.eventId()))
                .sorted(Comparator.comparing(Published::from))
                .toList();
        long leaps = 0;
        for (Published later : delivered) {
            long tried = firstTries.get(webhook).get(later.eventId());
            leaps += delivered.stream()
                    .filter(earlier -> earlier.to() < later.from() && arrived.get(earlier.eventId()) > tried)
                    .count();
        }
        return leaps;
    }

    private static long count(FaultyPostgres postgres, String webhook, String status) throws Exception {
        return postgres.number("""
                select count(*) from deliveries d join webhooks w on w.id = d.webhook_id
                where d.status = '%s' and w.url like '%%/%s'""".formatted(status, webhook));
    }

    private void answer(Vertx vertx, HttpServerRequest request) {
        String webhook = request.path().substring(1);
        String eventId = request.getHeader("webhook-id");
        long arrivedAt = clock.incrementAndGet();
        firstTries.computeIfAbsent(webhook, name -> new ConcurrentHashMap<>()).putIfAbsent(eventId, arrivedAt);
        boolean fails = ThreadLocalRandom.current().nextDouble() < FAILURES;
        if (!fails) {
            firstSuccesses
                    .computeIfAbsent(webhook, name -> new ConcurrentHashMap<>())
                    .putIfAbsent(eventId, arrivedAt);
        }
        vertx.setTimer(
                1 + ThreadLocalRandom.current().nextInt(20),
                timer -> request.response().setStatusCode(fails ? 500 : 200).end());
    }

    private List<Thread> startPublishers(Cluster cluster) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            Thread thread = new Thread(() -> publish(cluster));
            thread.start();
            threads.add(thread);
        }
        return threads;
    }

    private void publish(Cluster cluster) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try {
            while (!stopped) {
                List<Pod> pods = cluster.ready();
                Pod pod = pods.get(random.nextInt(pods.size()));
                String player = "player-" + random.nextInt(PLAYERS);
                long from = clock.incrementAndGet();
                try {
                    HttpResponse<String> response = client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pod.port() + "/v1/events"))
                                    .header("Authorization", "Bearer " + cluster.token())
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"type\": \"playlist_update\", \"player\": {\"uuid\":\"" + player
                                                    + "\"}}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    if (response.statusCode() == 202) {
                        published.add(new Published(
                                new JsonObject(response.body()).getString("event_id"),
                                player,
                                from,
                                clock.incrementAndGet()));
                    }
                } catch (IOException killed) {
                    // Whether it was accepted is not known, so nothing can be said of its place.
                }
                Thread.sleep(random.nextInt(100));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
