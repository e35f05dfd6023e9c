package io.playhook.platform.database;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.jboss.logging.Logger;

/**
 * Ends the service, in words, where the database is one that it can't work with: else the first emoji, or the second
 * connection, would say so in an error of its own. ListRequest once the database can be reached; the start does not wait for it.
 */
@ApplicationScoped
class DatabaseCheck {

    private static final Logger LOG = Logger.getLogger(DatabaseCheck.class);
    private static final int OLDEST_VERSION = 15;
    private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(5);
    private static final int LOOKS = 10;

    private final Pool pool;
    private final Vertx vertx;

    DatabaseCheck(Pool pool, Vertx vertx) {
        this.pool = pool;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent event) {
        ask();
    }

    private void ask() {
        pool.withConnection(one -> server(one)
                        .chain(objection -> objection.isPresent()
                                ? Uni.createFrom().item(objection)
                                : pool.withConnection(other -> pooler(one, other))))
                .subscribe()
                .with(objection -> objection.ifPresent(this::refuse), this::notNow);
    }

    private Uni<Optional<String>> server(SqlConnection connection) {
        return connection
                .query("select current_setting('server_encoding'), current_setting('server_version_num')::int / 10000")
                .execute()
                .map(rows -> server(rows.iterator().next()));
    }

    private static Optional<String> server(Row row) {
        String encoding = row.getString(0);
        int version = row.getInteger(1);
        if (!encoding.equals("UTF8")) {
            return Optional.of(
                    "The database has the encoding %s, and players may hold any character: make it with UTF8."
                            .formatted(encoding));
        }
        if (version < OLDEST_VERSION) {
            return Optional.of("The server is PostgreSQL %d, and %d is the oldest that will do."
                    .formatted(version, OLDEST_VERSION));
        }
        return Optional.empty();
    }

    private Uni<Optional<String>> pooler(SqlConnection one, SqlConnection other) {
        return areApart(one, other, LOOKS)
                .map(apart -> apart
                        ? Optional.empty()
                        : Optional.of("Between here and PostgreSQL is a pooler that gives each transaction another"
                                + " session: use its session mode, or connect to the server itself."));
    }

    /** A pooler in transaction mode may happen to give each its own session, while the pod does other things: not each time. */
    private Uni<Boolean> areApart(SqlConnection one, SqlConnection other, int looks) {
        return areApart(one, other)
                .chain(apart -> apart && looks > 1
                        ? areApart(one, other, looks - 1)
                        : Uni.createFrom().item(apart));
    }

    /**
     * Looks whether the two connections are sessions of their own. While the other is in a transaction, a pooler in
     * transaction mode has to give the first one another session, which has not what was set.
     */
    private Uni<Boolean> areApart(SqlConnection one, SqlConnection other) {
        String mark = UUID.randomUUID().toString();
        String seen = "select current_setting('playhook.session', true)";
        return one.query("select set_config('playhook.session', '%s', false)".formatted(mark))
                .execute()
                .chain(() -> other.query("begin").execute())
                .chain(() -> other.query(seen).execute())
                .chain(rows -> one.query(seen)
                        .execute()
                        .map(own -> mark.equals(own.iterator().next().getString(0))
                                && !mark.equals(rows.iterator().next().getString(0))))
                .onTermination()
                .call(() -> other.query("rollback").execute());
    }

    private void refuse(String objection) {
        LOG.fatal(objection);
        Quarkus.asyncExit(1);
    }

    private void notNow(Throwable fault) {
        if (!DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("It can't be told whether the database will do: %s", fault.getMessage());
        }
        vertx.setTimer(ASK_AGAIN_AFTER.toMillis(), id -> ask());
    }
}
