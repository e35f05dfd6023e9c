package io.playhook.platform.database;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.util.TypeLiteral;

import io.smallrye.faulttolerance.api.Guard;
import io.smallrye.mutiny.Uni;
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

    private final Pool pool;
    private final Guard rolledBack = Guard.create()
            .withRetry()
            .maxRetries(3)
            .delay(20, ChronoUnit.MILLIS)
            .jitter(20, ChronoUnit.MILLIS)
            .whenException(DatabaseFault::isRolledBack)
            .done()
            .build();

    Database(Pool pool) {
        this.pool = pool;
    }

    /** The connections themselves. */
    public Pool pool() {
        return pool;
    }

    /** Runs one statement in a transaction of its own. */
    public Uni<RowSet<Row>> execute(String sql, Tuple parameters) {
        return again(() -> execute(pool, sql, parameters));
    }

    /** Runs one statement in a transaction of its own and maps its rows. */
    public <T> Uni<List<T>> query(String sql, Tuple parameters, Function<Row, T> mapper) {
        return execute(sql, parameters).map(rows -> map(rows, mapper));
    }

    /** Runs {@code work} in one transaction, which commits when its {@code Uni} gives an item. */
    public <T> Uni<T> inTransaction(Function<SqlConnection, Uni<T>> work) {
        return again(() -> pool.withTransaction(work));
    }

    /** Runs work that opens a transaction of its own, with the same second chances. */
    @SuppressWarnings("unchecked")
    public <T> Uni<T> again(Supplier<Uni<T>> work) {
        // Memoized within, so that who cancels does not cancel the work; deferred, so that who retries does it again.
        return Uni.createFrom()
                .deferred(() -> rolledBack
                        .get(() -> (Uni<Object>) work.get(), new TypeLiteral<Uni<Object>>() {})
                        .memoize()
                        .indefinitely()
                        .map(item -> (T) item));
    }

    /** Runs one statement on a connection that is in a transaction. */
    public static Uni<RowSet<Row>> execute(SqlClient connection, String sql, Tuple parameters) {
        return connection.preparedQuery(sql).execute(parameters);
    }

    /** The rows as a list of what {@code mapper} makes of each. */
    public static <T> List<T> map(RowSet<Row> rows, Function<Row, T> mapper) {
        List<T> items = new java.util.ArrayList<>(rows.size());
        rows.forEach(row -> items.add(mapper.apply(row)));
        return items;
    }
}
