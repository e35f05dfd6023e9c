package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.DatabaseConfig;
import io.playhook.platform.database.ForDelivery;
import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

/** Requests and deliveries do not wait for each other's connections. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ConnectionsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Inject
    Pool pool;

    @Inject
    @ForDelivery
    Database forDelivery;

    @Inject
    DatabaseConfig config;

    @Test
    void anAttemptIsRecordedThoughRequestsHaveTakenAllTheirConnections() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        Vertx.currentContext().owner().setTimer(1_000, timer -> response.end()))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            UUID eventId = UUID.fromString(api.publish("a-player").path("event_id"));
            List<SqlConnection> taken = IntStream.range(0, config.connections())
                    .mapToObj(i -> pool.getConnection().await().atMost(PATIENCE))
                    .toList();
            try {
                Awaitility.await("recorded").atMost(PATIENCE).until(() -> isSettled(eventId));
            } finally {
                taken.forEach(connection -> connection.close().await().atMost(PATIENCE));
            }
        }
    }

    private boolean isSettled(UUID eventId) {
        return !forDelivery
                .query("select 1 from deliveries where event_id = $1", Tuple.of(eventId), row -> 1)
                .await()
                .atMost(PATIENCE)
                .isEmpty();
    }
}
