package io.playhook.platform;

import java.util.List;

import jakarta.inject.Singleton;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnectOptions;

/**
 * Makes the connection pool, and keeps its options for who needs a connection beside it: {@code LISTEN} takes one of its
 * own, with the same address, TLS and password.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private volatile List<PgConnectOptions> options = List.of();

    @Override
    public Pool create(Input input) {
        options = input.pgConnectOptionsList();
        return PgBuilder.pool()
                .with(input.poolOptions())
                .connectingTo(List.<SqlConnectOptions>copyOf(options))
                .using(input.vertx())
                .build();
    }

    /** The options of a connection to the database. */
    public PgConnectOptions options() {
        return new PgConnectOptions(options.get(0));
    }
}
