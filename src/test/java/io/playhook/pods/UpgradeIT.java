package io.playhook.pods;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;
import io.playhook.testing.Sql;

import static org.assertj.core.api.Assertions.assertThat;

/** A pod of this version on the tables of the version before, with things in them. */
class UpgradeIT {

    private static final int SETTLED = 5_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void whatWasOpenIsDeliveredAndWhatWasSettledIsKept() throws Exception {
        Map<String, String> configuration = PlayhookDatabase.embedded();
        Sql.migrate(configuration, "6");
        try (Receiver plain = new Receiver();
                Receiver ordered = new Receiver();
                Sql sql = Sql.on(configuration)) {
            register(plain, ordered, sql);
            sql.run(
                    // 20 deliveries for each of the two webhooks, and a number of settled ones, the second half at the
                    // second try.
                    "insert into events select ('0190aaaa-0000-7000-8000-0000000000' || lpad(i::text, 2, '0'))::uuid, 1,"
                            + " 'playlist_update', 'p', '{\"uuid\":\"p\",\"n\":' || i || '}', now(), now(), null"
                            + " from generate_series(1, 20) i",
                    "insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at)"
                            + " select gen_random_uuid(), id, 1, 1, now(), accepted_at from events",
                    "insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at,"
                            + " player_uuid, type, position)"
                            + " select gen_random_uuid(), id, 2, 1, case number when 1 then now() else 'infinity' end,"
                            + " accepted_at, 'p', type, number"
                            + " from (select *, row_number() over (order by id) as number from events) e",
                    "insert into events select gen_random_uuid(), 1, 'playlist_create', 'settled', '{}', now(), now(), null"
                            + " from generate_series(1, " + SETTLED + ")",
                    "insert into deliveries select gen_random_uuid(), id, 1, 1, 'delivered', null,"
                            + " case when id > '80000000-0000-0000-0000-000000000000' then 2 else 1 end, accepted_at, now()"
                            + " from events where player_uuid = 'settled'",
                    "insert into attempts select id, n, now(), 7, case when n = attempts then 'delivered' else 'rejected' end,"
                            + " case when n = attempts then 200 else 503 end, null, null"
                            + " from deliveries, generate_series(1, attempts) n");
            String triedTwice = sql.one("select count(*) from deliveries where attempts = 2");

            try (Pod pod = Pod.start(configuration)) {
                assertThat(numbers(plain.await(20))).hasSize(20).doesNotHaveDuplicates();
                assertThat(numbers(ordered.await(20)))
                        .containsExactlyElementsOf(
                                IntStream.rangeClosed(1, 20).boxed().toList());
                Awaitility.await("old tables gone")
                        .atMost(PATIENCE)
                        .until(() -> sql.one("select to_regclass('deliveries_v6') is null")
                                .equals("t"));
                Awaitility.await("all settled")
                        .atMost(PATIENCE)
                        .until(() ->
                                sql.one("select count(*) from delivery_queue").equals("0"));
                assertThat(pod.log()).doesNotContain("ERROR");
            }

            assertThat(sql.one("select count(*) from events")).isEqualTo(Integer.toString(SETTLED + 20));
            assertThat(sql.one("select count(*) from deliveries where status = 'delivered'"))
                    .isEqualTo(Integer.toString(SETTLED + 40));
            assertThat(sql.one("select count(*) from all_attempts where outcome = 'rejected' and number = 1"))
                    .isEqualTo(triedTwice);
            assertThat(sql.one("select count(*) from deliveries where last_duration_ms = 7 and last_status_code = 200"
                            + " and player_uuid = 'settled' and type = 'playlist_create'"))
                    .isEqualTo(Integer.toString(SETTLED));
        }
    }

    /** As a pod registers them, in another database: nobody else can seal a key. */
    private static void register(Receiver plain, Receiver ordered, Sql sql) throws Exception {
        Map<String, String> elsewhere = PlayhookDatabase.embedded();
        try (Pod pod = Pod.start(elsewhere);
                Sql from = Sql.on(elsewhere)) {
            Publisher publisher = Publisher.on(pod);
            publisher.register(plain, Map.of());
            publisher.register(ordered, Map.of("ordering", "player"));
            for (String table : List.of("organizations", "webhooks")) {
                String rows = from.one("select json_agg(t) from %s t".formatted(table));
                sql.run("insert into %1$s select * from json_populate_recordset(null::%1$s, $rows$%2$s$rows$)"
                        .formatted(table, rows));
            }
        }
    }

    /** The numbers that the events carry, as they came. */
    private static List<Integer> numbers(List<Request> requests) {
        return requests.stream()
                .map(request -> Integer.valueOf(request.text().replaceAll("(?s).*\"n\":(\\d+).*", "$1")))
                .toList();
    }
}
