package io.playhook.story;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Pool;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The server counts the rows that it reads, those that a filter throws away and those inside of functions too: as many where
 * the tables are full of what is not asked for as where they are nearly empty.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
@TestProfile(RowsReadTest.ADatabaseOfItsOwn.class)
class RowsReadTest {

    /** Restarts the service, and with it comes another database: this one gets full. */
    public static class ADatabaseOfItsOwn implements QuarkusTestProfile {}

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of 100,000 rows. Small tables may be read whole, rather than by an index. */
    private static final long LESS_THAN_A_LOOK_AT_ALL = 50_000;

    @Inject
    Pool pool;

    @Inject
    ServerStatistics statistics;

    @Test
    void nothingThatTheServiceDoesReadsMoreRowsWhereThereAreMany() {
        // The first time there is nothing to find yet, and what the migration deleted is still in the indexes. Plans
        // that
        // are made now, for tables that hold next to nothing, are kept until the next analysis.
        Everything.once();
        pool.query("vacuum analyze").execute().await().atMost(PATIENCE);
        Map<String, Long> few = readBy(Everything::once);
        for (String sql : Everything.MANY_ROWS) {
            pool.query(sql).execute().await().atMost(PATIENCE);
        }
        Map<String, Long> many = readBy(Everything::once);
        pool.query("analyze").execute().await().atMost(PATIENCE);
        Map<String, Long> manyAnalyzed = readBy(Everything::once);

        assertThat(sum(few)).as("%s", few).isBetween(1L, LESS_THAN_A_LOOK_AT_ALL);
        assertThat(sum(many))
                .as("not analyzed since: %s; before: %s", many, few)
                .isLessThan(sum(few) + LESS_THAN_A_LOOK_AT_ALL);
        assertThat(sum(manyAnalyzed))
                .as("%s; before: %s", manyAnalyzed, few)
                .isLessThan(sum(few) + LESS_THAN_A_LOOK_AT_ALL);
    }

    private Map<String, Long> readBy(Runnable work) {
        Map<String, Long> before = read();
        work.run();
        Map<String, Long> after = read();
        after.replaceAll((what, rows) -> rows - before.getOrDefault(what, 0L));
        after.values().removeIf(rows -> rows == 0);
        return after;
    }

    private static long sum(Map<String, Long> read) {
        return read.values().stream().mapToLong(rows -> rows).sum();
    }

    /** How many rows of each table, and entries of each index, were read so far. */
    private Map<String, Long> read() {
        statistics.flush();
        Map<String, Long> read = new TreeMap<>();
        pool.query("""
                        select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
                        union all select indexrelname, idx_tup_read from pg_stat_user_indexes
                        """).execute().await().atMost(PATIENCE).forEach(row -> read.put(row.getString(0), row.getLong(1)));
        return read;
    }
}
