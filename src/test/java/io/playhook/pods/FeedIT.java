package io.playhook.pods;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import io.restassured.path.json.JsonPath;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Sql;

import static org.assertj.core.api.Assertions.assertThat;

/** The feed of events misses nothing, whoever commits late, and has one order for all readers. */
class FeedIT {

    private static final int PUBLISHERS = 6;
    private static final int EACH = 25;

    @Test
    void whoFollowsNextGetsEveryEventOnceAndInTheOrderOfAllOthers() throws Exception {
        Map<String, String> configuration = PlayhookDatabase.configuration();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration)) {
            Publisher organization = Publisher.on(a);
            Queue<String> published = new ConcurrentLinkedQueue<>();
            AtomicBoolean over = new AtomicBoolean();
            List<Future<List<String>>> readers = new ArrayList<>();
            for (int limit : List.of(3, 50, 250)) {
                for (Pod pod : List.of(a, b)) {
                    readers.add(threads.submit(reader(organization.at(pod), limit, over)));
                }
            }
            List<Future<Void>> writers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                writers.add(threads.submit(publisher(organization.at(i % 2 == 0 ? a : b), published)));
            }
            writers.add(threads.submit(lateCommitter(configuration, organization.organizationId(), published)));
            for (Future<Void> writer : writers) {
                writer.get();
            }
            over.set(true);
            List<String> order = readers.get(0).get();
            assertThat(order).hasSizeGreaterThan(PUBLISHERS * EACH).containsExactlyInAnyOrderElementsOf(published);
            for (Future<List<String>> reader : readers) {
                assertThat(reader.get()).isEqualTo(order);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<Void> publisher(Publisher publisher, Queue<String> published) {
        return () -> {
            for (int i = 0; i < EACH; i++) {
                if (i % 10 == 0) {
                    List<Object> events =
                            Collections.nCopies(5, Map.of("type", "playlist_update", "player", Map.of("uuid", "p")));
                    published.addAll(publisher
                            .request()
                            .body(events)
                            .post("/v1/events")
                            .jsonPath()
                            .getList("events.event_id"));
                } else {
                    published.add(publisher.publish().path("event_id"));
                }
            }
            return null;
        };
    }

    /** Takes a while between its insert and its commit, as a pod does whose machine is busy. */
    private static Callable<Void> lateCommitter(
            Map<String, String> configuration, int organizationId, Queue<String> published) {
        return () -> {
            try (Sql sql = Sql.on(configuration)) {
                sql.begin();
                for (int i = 0; i < 12; i++) {
                    String id = new UUID(System.currentTimeMillis() << 16 | 0x7000, Long.MIN_VALUE | i).toString();
                    sql.run(
                            "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)"
                                    + " values ('%s', %d, 'playlist_update', 'late', '{}', now(), now())"
                                            .formatted(id, organizationId));
                    sql.run("select pg_sleep(0.25)");
                    sql.commit();
                    published.add(id);
                }
            }
            return null;
        };
    }

    /** Reads until nothing has come for a while after everybody has ended. */
    private static Callable<List<String>> reader(Publisher organization, int limit, AtomicBoolean over) {
        return () -> {
            List<String> seen = new ArrayList<>();
            String[] next = {""};
            Awaitility.await("a reader of %d at the end".formatted(limit))
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        boolean wasOver = over.get();
                        List<String> page;
                        do {
                            JsonPath answer = organization
                                    .request()
                                    .get("/v1/events?limit={limit}&after={next}", limit, next[0])
                                    .jsonPath();
                            page = answer.getList("data.event_id");
                            seen.addAll(page);
                            next[0] = answer.getString("next");
                        } while (!page.isEmpty());
                        return wasOver;
                    });
            return seen;
        };
    }
}
