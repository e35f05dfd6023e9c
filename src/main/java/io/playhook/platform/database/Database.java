package io.playhook.platform.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

/**
 * SQL on the connection pool that Hibernate Reactive uses too, for the tables that are written too often for an ORM.
 *
 * <p>What the server rolled back (a deadlock, a serialization failure) is sent again, three times at most. A connection
 * lost in mid-statement is not: whether the statement was committed is not known then, and only the caller can tell
 * whether twice is harmless. What was begun is finished, even if whoever asked for it is gone: a client that hangs up
 * leaves no transaction open.
 */
@ApplicationScoped
public class Database {

    private static final int RETRIES = 3;

    // Two that rolled each other back would do so again if they waited equally long.
    private static final int LEAST_PAUSE_MS = 5;
    private static final int MOST_PAUSE_MS = 40;

    private final Pool pool;
    private final Vertx vertx;
    private final DatabaseConfig config;

    Database(Pool pool, Vertx vertx, DatabaseConfig config) {
        this.pool = pool;
        this.vertx = vertx;
        this.config = config;
    }

    /** Batches in which an item waits no longer than for a connection: see {@link Batches}. */
    public <T> Batches<T> batches(
            Function<List<T>, Uni<Void>> write, ToIntFunction<T> weight, int maxBatch, int maxWrites) {
        return new Batches<>(
                write, weight, maxBatch, maxWrites, Batches.Timer.of(vertx), Optional.of(config.connectionTimeout()));
    }

    /** The connections themselves. */
    public Pool pool() {
        return pool;
    }

    /** Runs one statement in a transaction of its own. */
    public Uni<RowSet<Row>> execute(String sql, Tuple parameters) {
        return again(() -> connected(connection -> execute(connection, sql, parameters), pool::withConnection));
    }

    /** Runs one statement in a transaction of its own and maps its rows. */
    public <T> Uni<List<T>> query(String sql, Tuple parameters, Function<Row, T> mapper) {
        return execute(sql, parameters).map(rows -> map(rows, mapper));
    }

    /** Runs {@code work} in one transaction, which commits when its {@code Uni} gives an item. */
    public <T> Uni<T> inTransaction(Function<SqlConnection, Uni<T>> work) {
        return again(() -> connected(work, pool::withTransaction));
    }

    /**
     * Does work on a connection of the pool. Where there never was one, the fault says that nothing was sent: the client
     * says of a connection that closes before it could be used the same as of one that closes under a statement, and what
     * stands between us and a server that is away (a balancer, a sidecar) makes it so.
     */
    private static <T> Uni<T> connected(
            Function<SqlConnection, Uni<T>> work, Function<Function<SqlConnection, Uni<T>>, Uni<T>> pool) {
        AtomicBoolean isConnected = new AtomicBoolean();
        return pool.apply(connection -> {
                    isConnected.set(true);
                    return work.apply(connection);
                })
                .onFailure(fault -> !isConnected.get() && DatabaseFault.isAnswerLost(fault))
                .transform(DatabaseFault::notConnected);
    }

    /** Runs work that opens a transaction of its own, with the same second chances. */
    public <T> Uni<T> again(Supplier<Uni<T>> work) {
        // Memoized within, so that who cancels does not cancel the work; deferred, so that who retries does it again.
        return Uni.createFrom().deferred(() -> attempt(work, RETRIES).memoize().indefinitely());
    }

    private <T> Uni<T> attempt(Supplier<Uni<T>> work, int retries) {
        return work.get()
                .onFailure(fault -> retries > 0 && DatabaseFault.isRolledBack(fault))
                .recoverWithUni(() -> pause().chain(() -> attempt(work, retries - 1)));
    }

    // By a timer of the context that asked, so that it goes on there: Mutiny's back-off would go on elsewhere.
    private Uni<Void> pause() {
        int millis = ThreadLocalRandom.current().nextInt(LEAST_PAUSE_MS, MOST_PAUSE_MS);
        return Uni.createFrom().emitter(emitter -> vertx.setTimer(millis, timer -> emitter.complete(null)));
    }

    /** Runs one statement on a connection that is in a transaction. */
    public static Uni<RowSet<Row>> execute(SqlClient connection, String sql, Tuple parameters) {
        return connection.preparedQuery(sql).execute(parameters);
    }

    /** The rows as a list of what {@code mapper} makes of each. */
    public static <T> List<T> map(RowSet<Row> rows, Function<Row, T> mapper) {
        List<T> items = new ArrayList<>(rows.size());
        rows.forEach(row -> items.add(mapper.apply(row)));
        return items;
    }
}
