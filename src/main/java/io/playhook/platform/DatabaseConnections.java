package io.playhook.platform;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Singleton;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnectOptions;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Makes the connection pool, and keeps its options for who needs a connection beside it: {@code LISTEN} takes one of its
 * own, with the same address, TLS and password.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private final Duration timeout;
    private volatile List<PgConnectOptions> options = List.of();

    DatabaseConnections(@ConfigProperty(name = "playhook.db.connection-timeout") Duration timeout) {
        this.timeout = timeout;
    }

    @Override
    public Pool create(Input input) {
        options = input.pgConnectOptionsList();
        options.forEach(address -> address.setConnectTimeout((int) timeout.toMillis()));
        return PgBuilder.pool()
                .with(input.poolOptions()
                        .setConnectionTimeout((int) timeout.toMillis())
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
                .connectingTo(List.<SqlConnectOptions>copyOf(options))
                .using(input.vertx())
                .build();
    }

    /** The options of a connection to the database. */
    public PgConnectOptions options() {
        return new PgConnectOptions(options.get(0));
    }
}
