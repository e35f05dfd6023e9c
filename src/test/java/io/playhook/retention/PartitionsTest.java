package io.playhook.retention;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Sql;

import static org.assertj.core.api.Assertions.assertThat;

/** What the database keeps, makes ahead and drops, asked as {@link PartitionKeeper} asks it. */
class PartitionsTest {

    private static final String KEEP_30_DAYS = "select keep_ranges('30 days', '7 days', '3 days')";

    private Map<String, String> configuration;
    private Sql sql;

    /** Of an empty database. */
    Map<String, String> configuration() {
        return PlayhookDatabase.embedded();
    }

    @BeforeEach
    void migrate() throws SQLException {
        configuration = configuration();
        Sql.migrate(configuration, "latest");
        sql = Sql.on(configuration);
    }

    @AfterEach
    void close() throws SQLException {
        sql.close();
    }

    @Test
    void aNewDatabaseHasPartitionsForTheDaysToCome() throws SQLException {
        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("kept");
        insertAllOf("now()");
        insertAllOf("now() + interval '3 days'");

        assertThat(sql.all("select tableoid::regclass from events")).noneMatch(name -> name.endsWith("default"));
    }

    @Test
    void makesPartitionsAheadAndMovesThereWhatAClockThatWasAheadHasMade() throws SQLException {
        insertAllOf("now() + interval '40 days'");
        assertThat(sql.one("select tableoid::regclass from events")).isEqualTo("events_default");

        keepUntil("kept", "select keep_ranges('30 days', '7 days', '45 days')");

        assertThat(sql.all("select tableoid::regclass from events"))
                .hasSize(1)
                .noneMatch(name -> name.endsWith("default"));
        assertThat(sql.all("select tableoid::regclass from deliveries"))
                .hasSize(1)
                .noneMatch(n -> n.endsWith("default"));
        assertThat(sql.all("select tableoid::regclass from attempts"))
                .hasSize(1)
                .noneMatch(n -> n.endsWith("default"));
    }

    @Test
    void beginsAnewAfterAGapInWhichNoPodRan() throws SQLException {
        sql.run("drop table events_default"); // so that nothing goes there
        for (String begins : sql.all("select to_char(begins at time zone 'UTC', 'YYYYMMDD') from partition_ranges")) {
            sql.run("drop table events_" + begins + ", deliveries_" + begins + ", attempts_" + begins);
        }
        sql.run(
                "create table events_default partition of events default",
                "update partition_ranges set begins = begins - interval '90 days', ends = ends - interval '90 days'");

        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("added");

        insertAllOf("now()");
        assertThat(sql.one("select tableoid::regclass from events")).doesNotEndWith("default");
    }

    @Test
    void dropsWhatIsNotKeptAndNothingElse() throws SQLException {
        anOldRange();
        insertAllOf("now() - interval '38 days'");
        insertAllOf("now()");

        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("dropped");
        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("kept");

        assertThat(sql.one("select count(*) from events")).isEqualTo("1");
        assertThat(sql.one("select count(*) from deliveries")).isEqualTo("1");
        assertThat(sql.one("select count(*) from attempts")).isEqualTo("1");
    }

    @Test
    void keepsWhatADeliveryStillWaitsFor() throws SQLException {
        anOldRange();
        insertAllOf("now() - interval '38 days'");
        sql.run(
                "insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)"
                        + " select id, 1, 1, '', '', 0, now(), now() from events");

        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("kept");
        assertThat(sql.one("select count(*) from events")).isEqualTo("1");

        sql.run("delete from delivery_queue");
        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("dropped");
    }

    @Test
    void deletesOldRowsThatLieInNoPartitionOfTheirTime() throws SQLException {
        insertAllOf("timestamptz '1970-01-02'");

        keepUntil("kept", KEEP_30_DAYS);

        assertThat(sql.one("select count(*) from events")).isEqualTo("0");
        assertThat(sql.one("select count(*) from deliveries")).isEqualTo("0");
        assertThat(sql.one("select count(*) from attempts")).isEqualTo("0");
    }

    @Test
    void doesNotLineUpBehindALongReadWhereEverybodyElseWouldLineUpBehindIt() throws SQLException {
        anOldRange();
        try (Sql reader = Sql.on(configuration)) {
            reader.begin();
            reader.all("select * from events");
            long start = System.nanoTime();

            assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("locked");

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        }
        assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("dropped");
    }

    @Test
    void onePodAtATime() throws SQLException {
        anOldRange();
        try (Sql other = Sql.on(configuration)) {
            other.begin();
            assertThat(other.one(KEEP_30_DAYS)).isEqualTo("dropped");

            assertThat(sql.one(KEEP_30_DAYS)).isEqualTo("busy");
        }
        assertThat(sql.one(KEEP_30_DAYS)).as("that was rolled back").isEqualTo("dropped");
    }

    @Test
    void dropsTheTablesOfTheLayoutBeforeOnlyWhenAllIsCopied() throws SQLException {
        Map<String, String> before = configuration();
        Sql.migrate(before, "6");
        try (Sql old = Sql.on(before)) {
            old.run(
                    "insert into events select gen_random_uuid(), 1, '', '', '', now(), now(), null from generate_series(1, 30)",
                    "insert into deliveries select id, id, 1, 1, 'failed', null, 1, now(), now() from events");
            Sql.migrate(before, "latest");

            // As a pod that stops in the middle, and another that thinks it has done all.
            old.run(moveOldRows("deliveries", 10), moveOldRows("events", 10), moveOldRows("end", 10));
            assertThat(old.one("select count(*) from events_v6")).isEqualTo("30");
            for (String kind : List.of("queue", "deliveries", "events")) {
                old.run(
                        moveOldRows(kind, 100),
                        "select move_old_rows('" + kind + "', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 1)");
            }
            old.run(moveOldRows("end", 10));

            assertThat(old.one("select to_regclass('events_v6') is null")).isEqualTo("t");
            assertThat(old.one("select count(*) from events")).isEqualTo("30");
            assertThat(old.one("select count(*) from deliveries")).isEqualTo("30");
        }
    }

    private static String moveOldRows(String kind, int most) {
        return "select move_old_rows('%s', '00000000-0000-0000-0000-000000000000', %d)".formatted(kind, most);
    }

    private void anOldRange() throws SQLException {
        sql.run("select add_range(date_trunc('day', now(), 'UTC') - interval '40 days',"
                + " date_trunc('day', now(), 'UTC') - interval '33 days')");
    }

    private void insertAllOf(String time) throws SQLException {
        sql.run(
                "insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)"
                        + " values (first_id(" + time + "), 1, '', '', '', now(), now())",
                "insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts,"
                        + " accepted_at, settled_at) values (first_id(" + time
                        + "), 1, 1, '', '', 'failed', 1, now(), now())",
                "insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome)"
                        + " values (first_id(" + time + "), 1, 1, now(), 1, '')");
    }

    private void keepUntil(String last, String keep) throws SQLException {
        for (int i = 0; i < 20; i++) {
            if (sql.one(keep).equals(last)) {
                return;
            }
        }
        throw new AssertionError("not " + last + " after 20 steps");
    }
}
