package io.playhook.delivery.queue;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;

import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.PreparedQuery;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgConnectOptions;

/** Claims deliveries as the service does, with its own statement, on a connection of its own; and takes each claim back. */
public final class ClaimCost implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SLOTS = 50;
    private static final long BYTES = 1 << 20;
    private static final long LEASE_MS = 30_000;

    private final Vertx vertx = Vertx.vertx();
    private final PgConnection connection;
    private final PreparedQuery<RowSet<Row>> claim;

    /** What makes the connection, as in {@code playhook.db.*}. */
    public ClaimCost(String host, int port, String database, String user, String password) {
        PgConnectOptions options = new PgConnectOptions()
                .setHost(host)
                .setPort(port)
                .setDatabase(database)
                .setUser(user)
                .setPassword(password)
                .setCachePreparedStatements(true);
        connection = PgConnection.connect(vertx, options).await().atMost(PATIENCE);
        connection
                .query("set jit = off; set plan_cache_mode = force_generic_plan; set seq_page_cost = 100")
                .execute()
                .await()
                .atMost(PATIENCE);
        claim = connection.preparedQuery(DeliveryQueue.CLAIM);
    }

    /** Claims what is due of these webhooks, some of each; gives how many deliveries that were. */
    public int claim(Integer[] webhooks) {
        Integer[] slots = Stream.generate(() -> SLOTS).limit(webhooks.length).toArray(Integer[]::new);
        Tuple parameters = Tuple.of(webhooks, slots, new UUID[webhooks.length], BYTES)
                .addValue(LEASE_MS)
                .addValue(UUID.randomUUID());
        return connection
                .begin()
                .chain(transaction -> claim.execute(parameters).call(transaction::rollback))
                .await()
                .atMost(PATIENCE)
                .size();
    }

    /** The process of the server that serves the connection. */
    public long serverPid() {
        return connection.processId();
    }

    @Override
    public void close() {
        connection.close().await().atMost(PATIENCE);
        vertx.close().await().atMost(PATIENCE);
    }
}
