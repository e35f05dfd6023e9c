package io.playhook.platform.database;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import org.jboss.logging.Logger;

/**
 * Makes the connection pools, one for requests and one for deliveries, and keeps their options for who needs a connection beside it: {@code LISTEN} takes one of its
 * own, with the same address, TLS and password.
 */
@Singleton
public class DatabaseConnections implements PgPoolCreator {

    private static final Logger LOG = Logger.getLogger(DatabaseConnections.class);

    /**
     * What each connection of the pool is told when it opens. As statements and not as parameters of the start, because
     * poolers refuse those.
     *
     * <p>The statements are short: to compile them (JIT) is never worth it, and to plan one for its parameters takes longer than
     * to run it. Every one looks up by key, and its plan is kept while the tables grow: where a table has one page, to read it
     * whole must not look cheaper than its index. The time-outs are the server's half of {@code playhook.db.response-timeout}:
     * what a lost client has begun must not hold its locks for hours.
     */
    private static final String SESSION = """
            set jit = off;
            set plan_cache_mode = force_generic_plan;
            set seq_page_cost = 100;
            set idle_in_transaction_session_timeout = '10s';
            set statement_timeout = '60s'
            """;

    private static final int LONGEST_STATEMENT = 32_768;

    /** The client's own parameters of the start, without {@code extra_float_digits}, which poolers refuse. */
    private static final Map<String, String> START =
            Map.of("application_name", "playhook", "client_encoding", "utf8", "DateStyle", "ISO");

    private final DatabaseConfig config;
    private volatile List<PgConnectOptions> options = List.of();
    private volatile Pool forDelivery;

    DatabaseConnections(DatabaseConfig config) {
        this.config = config;
    }

    @Override
    public Pool create(Input input) {
        options = input.pgConnectOptionsList();
        options.forEach(this::fillIn);
        forDelivery = pool(input, config.deliveryConnections());
        return pool(input, config.connections());
    }

    /** Both pools are made together, and the first is made when it is first used. */
    @Produces
    @Singleton
    @ForDelivery
    Database forDelivery(io.vertx.mutiny.sqlclient.Pool forRequests, Vertx vertx) {
        forRequests.size();
        return new Database(io.vertx.mutiny.sqlclient.Pool.newInstance(forDelivery), vertx, config);
    }

    // After everything that may still record something.
    void stop(@Observes @Priority(100_000) ShutdownEvent event) {
        if (forDelivery != null) {
            forDelivery.close();
        }
    }

    private Pool pool(Input input, int size) {
        Duration timeout = config.connectionTimeout();
        Duration responseTimeout = config.responseTimeout();
        return PgBuilder.pool()
                .with(new PoolOptions(input.poolOptions())
                        .setMaxSize(size)
                        .setConnectionTimeout((int) timeout.toMillis())
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        // Well before that limit: else a connection could be closed just as somebody takes it.
                        .setIdleTimeout((int) responseTimeout.toMillis() / 2)
                        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setPoolCleanerPeriod((int) responseTimeout.toMillis() / 10))
                .withConnectHandler(DatabaseConnections::begin)
                .connectingTo(List.<SqlConnectOptions>copyOf(options))
                .using(input.vertx())
                .build();
    }

    private static void begin(SqlConnection connection) {
        connection
                .query(SESSION)
                .execute()
                .onFailure(fault -> LOG.warnf("A connection was not set up: %s", fault.getMessage()))
                // To the pool.
                .onComplete(done -> connection.close());
    }

    private void fillIn(PgConnectOptions address) {
        address.setHost(config.host())
                .setPort(config.port())
                .setDatabase(config.name())
                .setUser(config.user());
        address.setProperties(new HashMap<>(START));
        config.password().ifPresent(address::setPassword);
        protect(address);
        address.setConnectTimeout((int) config.connectionTimeout().toMillis());
        // Longer statements than this it would have the server parse and plan anew each time, and ours are long.
        address.setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT);
        // A connection that hangs never fails by itself: nothing comes, and nothing can be sent.
        address.setIdleTimeout((int) config.responseTimeout().toMillis());
        address.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    }

    private void protect(PgConnectOptions address) {
        switch (config.sslMode()) {
            case DISABLE -> address.setSslMode(SslMode.DISABLE);
            case REQUIRE -> address.setSslMode(SslMode.REQUIRE).setTrustAll(true);
            case VERIFY_FULL -> {
                address.setSslMode(SslMode.VERIFY_FULL).setHostnameVerificationAlgorithm("HTTPS");
                address.setTrustOptions(config.sslRootCert()
                        .<TrustOptions>map(file -> new PemTrustOptions().addCertPath(file.toString()))
                        .orElseGet(DatabaseConnections::authoritiesOfJava));
            }
        }
    }

    // The client insists on being told.
    private static TrustOptions authoritiesOfJava() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return TrustOptions.wrap(factory.getTrustManagers()[0]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The Java runtime has no authorities", e);
        }
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
        return config.responseTimeout();
    }
}
