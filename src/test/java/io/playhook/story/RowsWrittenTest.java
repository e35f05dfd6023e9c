package io.playhook.story;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** What it costs the database to deliver an event, in rows: they are most of what a publish costs. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
@TestProfile(RowsWrittenTest.ADatabaseOfItsOwn.class)
class RowsWrittenTest {

    /** Nobody else writes there. */
    public static class ADatabaseOfItsOwn implements QuarkusTestProfile {}

    private static final int EVENTS = 100;

    @Inject
    ServerStatistics statistics;

    @Test
    void anEventThatIsDeliveredAtOnceIsThreeRowsAndOneThatIsGone() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            // The pod gets to know the webhook.
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            Map<String, String> before = written();

            IntStream.range(0, EVENTS).forEach(i -> api.publish("p"));
            receiver.await(1 + EVENTS);
            Awaitility.await("all recorded")
                    .until(() -> Deliveries.query(
                                            "select count(*) from deliveries where organization_id = $1",
                                            Tuple.of(api.organizationId()))
                                    .get(0)
                                    .getLong(0)
                            == 1 + EVENTS);

            Map<String, String> after = written();
            after.keySet().removeIf(table -> after.get(table).equals(before.get(table)));
            assertThat(after)
                    .containsOnlyKeys("events", "delivery_queue", "deliveries")
                    .containsEntry("events", rows(before.get("events"), 1, 0, 0))
                    .containsEntry("delivery_queue", rows(before.get("delivery_queue"), 1, 0, 1))
                    .containsEntry("deliveries", rows(before.get("deliveries"), 1, 0, 0));
        }
    }

    /** Rows inserted, updated and deleted so far, of each table but those that are written every few seconds, by a clock. */
    private Map<String, String> written() {
        statistics.flush();
        Map<String, String> written = new TreeMap<>();
        for (Row row : Deliveries.query("""
                select regexp_replace(relname, '_(\\d{8}|default)$', ''), sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del)
                from pg_stat_user_tables where relname not in ('pods', 'webhook_hours') group by 1
                """, Tuple.tuple())) {
            written.put(row.getString(0), row.getLong(1) + " " + row.getLong(2) + " " + row.getLong(3));
        }
        return written;
    }

    private static String rows(String before, int inserted, int updated, int deleted) {
        String[] counts = before.split(" ");
        return Long.parseLong(counts[0]) + inserted * EVENTS + " "
                + (Long.parseLong(counts[1]) + updated * EVENTS) + " "
                + (Long.parseLong(counts[2]) + deleted * EVENTS);
    }
}
