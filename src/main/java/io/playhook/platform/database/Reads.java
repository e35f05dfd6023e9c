package io.playhook.platform.database;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;

/**
 * Questions of those who look around. Only a few are asked at once; others wait for as long as for a connection. So whoever reads
 * lists all day, or while a lock holds them up, leaves connections to those who publish.
 */
@ApplicationScoped
public class Reads {

    /** Of the connections for requests. */
    private static final int AT_ONCE = 4;

    private final Database database;
    private final Batches<Uni<Void>> turns;

    Reads(Database database) {
        this.database = database;
        this.turns = database.batches(turn -> turn.get(0), turn -> 1, 1, AT_ONCE);
    }

    /** Asks, once it is its turn. */
    public Uni<RowSet<Row>> execute(String sql, Tuple parameters) {
        return Uni.createFrom().deferred(() -> {
            AtomicReference<RowSet<Row>> answer = new AtomicReference<>();
            Uni<Void> turn =
                    database.execute(sql, parameters).invoke(answer::set).replaceWithVoid();
            return turns.add(turn).map(done -> answer.get());
        });
    }

    /** The same, for parameters that were put together one by one. */
    public Uni<RowSet<Row>> execute(String sql, List<Object> parameters) {
        return execute(sql, Tuple.tuple(parameters));
    }

    /** Asks, once it is its turn, and maps the rows. */
    public <T> Uni<List<T>> query(String sql, Tuple parameters, Function<Row, T> mapper) {
        return execute(sql, parameters).map(rows -> Database.map(rows, mapper));
    }

    /** A column that is a time; null where it is null. */
    public static Instant time(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
