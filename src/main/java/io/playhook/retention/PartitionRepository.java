package io.playhook.retention;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;

/** The partitions of {@code events}, {@code deliveries} and {@code attempts}, by the functions of migration V7. */
@ApplicationScoped
class PartitionRepository {

    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private static final String KEEP = """
            select keep_ranges($1::bigint * interval '1 s', $2::bigint * interval '1 s', $3::bigint * interval '1 s')
            """;

    private static final String HAS_OLD_TABLES = "select to_regclass('delivery_queue_v6') is not null";

    private static final String MOVE_OLD_ROWS = "select move_old_rows($1, $2, $3)";

    private final Database database;

    PartitionRepository(Database database) {
        this.database = database;
    }

    /** What was done. */
    enum Step {
        /** Partitions for days to come were added. */
        ADDED,
        /** Partitions that nothing needs any more were dropped. */
        DROPPED,
        /** Some rows that lie in no partition of their time were deleted. */
        CLEANED,
        /** There was nothing to do. */
        KEPT,
        /** Another pod is at it. */
        BUSY,
        /** Somebody would have had to wait for it. */
        LOCKED;

        boolean isProgress() {
            return this == ADDED || this == DROPPED || this == CLEANED;
        }

        private static Step of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /** Rows of an older layout that are still to be moved, in the order in which they are. */
    enum OldRows {
        TURNS,
        QUEUE,
        DELIVERIES,
        EVENTS,
        /** None; their tables are dropped. */
        END
    }

    /**
     * Does one step of what is to be done.
     *
     * @param keep for how long rows are kept
     * @param width how long a time a new partition covers
     * @param ahead for how long ahead there are to be partitions
     */
    Uni<Step> keep(Duration keep, Duration width, Duration ahead) {
        return database.query(
                        KEEP,
                        Tuple.of(keep.toSeconds(), width.toSeconds(), ahead.toSeconds()),
                        row -> Step.of(row.getString(0)))
                .map(rows -> rows.get(0));
    }

    /** Whether tables of an older layout are there. */
    Uni<Boolean> hasOldTables() {
        return database.query(HAS_OLD_TABLES, Tuple.tuple(), row -> row.getBoolean(0))
                .map(rows -> rows.get(0));
    }

    /**
     * Moves some rows of an older layout.
     *
     * @param after the last that was moved, of this kind; empty at the beginning
     * @return the last that was moved now; empty where none are left
     */
    Uni<Optional<UUID>> moveOldRows(OldRows kind, Optional<UUID> after, int most) {
        String step = kind.name().toLowerCase(Locale.ROOT);
        return database.query(
                        MOVE_OLD_ROWS,
                        Tuple.of(step, after.orElse(BEFORE_ALL), most),
                        row -> Optional.ofNullable(row.getUUID(0)))
                .map(rows -> rows.get(0));
    }
}
