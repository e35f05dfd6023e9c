package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import jakarta.enterprise.context.Dependent;

import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.DatabaseConfig;
import io.playhook.platform.database.ForDelivery;

/** What the server counts of the rows that the service's own connections read and write. */
@Dependent
class ServerStatistics {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Pool pool;
    private final Database forDelivery;
    private final DatabaseConfig config;

    ServerStatistics(Pool pool, @ForDelivery Database forDelivery, DatabaseConfig config) {
        this.pool = pool;
        this.forDelivery = forDelivery;
        this.config = config;
    }

    /**
     * Has each connection tell what it has done; by itself it would wait for seconds. Those of the migration, which would tell
     * when they like to, are ended.
     */
    void flush() {
        pool.query("""
                        select pg_terminate_backend(pid, 10000) from pg_stat_activity
                        where datname = current_database() and application_name like '%JDBC%'
                        """).execute().await().atMost(PATIENCE);
        flush(pool, config.connections());
        flush(forDelivery.pool(), config.deliveryConnections());
    }

    private static void flush(Pool from, int size) {
        List<SqlConnection> all = IntStream.range(0, size)
                .mapToObj(i -> from.getConnection().await().atMost(PATIENCE))
                .toList();
        all.forEach(connection -> {
            connection
                    .query("select pg_stat_force_next_flush()")
                    .execute()
                    .await()
                    .atMost(PATIENCE);
            connection.close().await().atMost(PATIENCE);
        });
    }
}
