package io.playhook.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

import io.quarkus.arc.Arc;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;

/** What the database says of deliveries, for tests that run inside the service. */
public final class Deliveries {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Deliveries() {}

    /** A settled delivery with its attempts, in their order. */
    public record Settled(
            String status, String reason, int attempts, List<String> outcomes, List<Integer> statusCodes) {}

    /** Waits until the only delivery of an event is settled. */
    public static Settled awaitSettled(String eventId) {
        List<Row> settled = awaitRows(
                "the delivery of %s settled".formatted(eventId),
                () -> query(
                        "select webhook_id, status, reason, attempts from deliveries where event_id = $1",
                        id(eventId)));
        Row row = settled.get(0);
        List<Row> attempts = query(
                "select outcome, status_code from all_attempts where event_id = $1 and webhook_id = $2 order by number",
                Tuple.of(UUID.fromString(eventId), row.getInteger("webhook_id")));
        return new Settled(
                row.getString("status"),
                row.getString("reason"),
                row.getInteger("attempts"),
                attempts.stream().map(a -> a.getString("outcome")).toList(),
                attempts.stream().map(a -> a.getInteger("status_code")).toList());
    }

    /** Waits until the only delivery of an event has so many attempts behind it and waits for another. */
    public static Row awaitAttempts(String eventId, int count) {
        return awaitRows(
                        "%d attempts of %s".formatted(count, eventId),
                        () -> query(
                                "select * from delivery_queue where event_id = $1 and leased_by is null and attempts = $2",
                                Tuple.of(UUID.fromString(eventId), count)))
                .get(0);
    }

    /** Waits until the only delivery of an event has an attempt behind it, and gives the first. */
    public static Row awaitAttempt(String eventId) {
        return awaitRows(
                        "an attempt of %s".formatted(eventId),
                        () -> query("select * from all_attempts where event_id = $1 order by number", id(eventId)))
                .get(0);
    }

    /** Runs a query on the service's own pool. */
    public static List<Row> query(String sql, Tuple parameters) {
        Pool pool = Arc.container().instance(Pool.class).get();
        List<Row> rows = new ArrayList<>();
        pool.preparedQuery(sql).execute(parameters).await().atMost(PATIENCE).forEach(rows::add);
        return rows;
    }

    /** Runs an EXPLAIN, whose parameters stay open, on the service's own pool. */
    public static List<Row> explain(String sql) {
        Pool pool = Arc.container().instance(Pool.class).get();
        List<Row> rows = new ArrayList<>();
        pool.query(sql).execute().await().atMost(PATIENCE).forEach(rows::add);
        return rows;
    }

    /** Does something while another session of the database holds the locks that a statement takes. */
    public static void whileLocked(String statement, Runnable work) {
        within(statement, work, transaction -> transaction.rollback());
    }

    /** Does something between a statement of another session and its commit. */
    public static void whileUncommitted(String statement, Runnable work) {
        within(statement, work, transaction -> transaction.commit());
    }

    private static void within(String statement, Runnable work, Function<Transaction, Uni<Void>> end) {
        Pool pool = Arc.container().instance(Pool.class).get();
        SqlConnection session = pool.getConnection().await().atMost(PATIENCE);
        try {
            Transaction transaction = session.begin().await().atMost(PATIENCE);
            session.query(statement).execute().await().atMost(PATIENCE);
            try {
                work.run();
            } finally {
                end.apply(transaction).await().atMost(PATIENCE);
            }
        } finally {
            session.close().await().atMost(PATIENCE);
        }
    }

    private static List<Row> awaitRows(String what, Supplier<List<Row>> query) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(query::get, rows -> !rows.isEmpty());
    }

    private static Tuple id(String eventId) {
        return Tuple.of(UUID.fromString(eventId));
    }
}
