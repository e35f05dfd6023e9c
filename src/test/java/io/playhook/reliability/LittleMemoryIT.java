package io.playhook.reliability;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.pods.Pod;
import io.playhook.pods.Publisher;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** A pod of little memory starts before a backlog of many webhooks that has no room in it. */
class LittleMemoryIT {

    private static final int WEBHOOKS = 200;
    private static final int EVENTS = 40;
    private static final String PADDING = "x".repeat(16_000);

    @Test
    void aPodTakesOnNoMoreOfABacklogThanItsMemoryHolds(@TempDir Path folder) throws Exception {
        Vertx vertx = Vertx.vertx();
        AtomicInteger received = new AtomicInteger();
        int port = vertx.createHttpServer()
                .requestHandler(request -> request.end().onSuccess(v -> {
                    received.incrementAndGet();
                    request.response().end();
                }))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        try (FaultyPostgres postgres = new FaultyPostgres(folder.resolve("data"))) {
            Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
            configuration.putAll(FaultyPostgres.configuration(postgres.port()));
            try (Pod pod = Pod.start(configuration)) {
                fill(Publisher.on(pod), "http://127.0.0.1:" + port + "/", postgres);
            }
            assertThat(postgres.number("select count(*) from delivery_queue")).isEqualTo(WEBHOOKS * EVENTS);

            postgres.execute("update webhooks set status = 'active'");
            postgres.execute("insert into due_webhooks select id, now() from webhooks");
            // 128 MB of payload, were it all taken on.
            try (Pod little = Pod.start(configuration, List.of("-Xmx96m", "-XX:+ExitOnOutOfMemoryError"))) {
                Awaitility.await("the backlog delivered")
                        .atMost(Duration.ofMinutes(2))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> !little.isAlive() || received.get() >= WEBHOOKS * EVENTS);
                assertThat(little.isAlive()).as(little.log()).isTrue();
                assertThat(little.stop()).as("stops in order").isIn(0, 143);
            }
            assertThat(postgres.number("select count(*) from delivery_queue")).isZero();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    // Paused, so that everything waits.
    private static void fill(Publisher publisher, String url, FaultyPostgres postgres) throws Exception {
        try (Receiver unused = new Receiver()) {
            publisher.register(unused, Map.of());
        }
        postgres.execute("update webhooks set status = 'paused', url = '" + url + "'");
        postgres.execute("""
                insert into webhooks (organization_id, version, url, security_key, event_subscriptions, settings, status,
                                      created_at, updated_at)
                select organization_id, version, url, security_key, event_subscriptions, settings, status,
                       created_at, updated_at
                from webhooks, generate_series(2, %d)
                """.formatted(WEBHOOKS));
        Map<String, Object> event =
                Map.of("type", "playlist_update", "player", Map.of("uuid", "p", "description", PADDING));
        publisher
                .request()
                .body(Collections.nCopies(EVENTS, event))
                .post("/v1/events")
                .then()
                .statusCode(202);
    }
}
