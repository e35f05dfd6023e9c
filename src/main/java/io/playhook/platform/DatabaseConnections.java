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
    private final Duration responseTimeout;
    private volatile List<PgConnectOptions> options = List.of();

    DatabaseConnections(
            @ConfigProperty(name = "playhook.db.connection-timeout") Duration timeout,
            @ConfigProperty(name = "playhook.db.response-timeout") Duration responseTimeout) {
        this.timeout = timeout;
        this.responseTimeout = responseTimeout;
    }

    @Override
    public Pool create(Input input) {
        options = input.pgConnectOptionsList();
        options.forEach(address -> {
            address.setConnectTimeout((int) timeout.toMillis());
            // A connection that hangs never fails by itself: nothing comes, and nothing can be sent.
            address.setIdleTimeout((int) responseTimeout.toMillis());
            address.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        });
        return PgBuilder.pool()
                .with(input.poolOptions()
                        .setConnectionTimeout((int) timeout.toMillis())
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        // Well before that limit: else a connection could be closed just as somebody takes it.
                        .setIdleTimeout((int) responseTimeout.toMillis() / 2)
                        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setPoolCleanerPeriod((int) responseTimeout.toMillis() / 10))
                .connectingTo(List.<SqlConnectOptions>copyOf(options))
                .using(input.vertx())
                .build();
    }

    /**
     * The options of a connection that listens. It is closed where it reads nothing for {@link #responseTimeout}, so it has
     * to ask for something now and then.
     */
    public PgConnectOptions listening() {
        PgConnectOptions listening = new PgConnectOptions(options.get(0));
        listening.setReadIdleTimeout(listening.getIdleTimeout());
        listening.setIdleTimeout(0);
        return listening;
    }

    /** After how long without an answer a connection is given up. */
    public Duration responseTimeout() {
        return responseTimeout;
    }
}
