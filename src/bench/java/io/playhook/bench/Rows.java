package io.playhook.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.playhook.platform.Ids;

/**
 * The yardstick of the database: the rows that stay of a delivered event, inserted in batches and nothing else. No queue, no
 * leases, no fan-out.
 */
final class Rows {

    private static final int BATCH = 100;
    private static final int CONNECTIONS = 2;
    private static final String PLAYER = "{\"uuid\":\"p\",\"name\":\"" + "x".repeat(577) + "\"}";

    private static final String INSERT = """
            with e as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select id, 1, 'playlist_update', 'p', player, now(), now() from unnest(?::uuid[], ?::text[]) as new (id, player)
                returning id
            )
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts,
                                    accepted_at, settled_at, last_started_at, last_duration_ms, last_outcome,
                                    last_status_code)
            select id, 1, 1, 'playlist_update', 'p', 'delivered', 1, now(), now(), now(), 1, 'delivered', 200 from e
            """;

    private Rows() {}

    /** How many events a second. */
    static double perSecond(Deployment deployment, double seconds) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            long start = System.nanoTime();
            List<Future<Long>> parts = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Callable<Long> part = () -> insert(deployment, start + (long) (seconds * 1e9));
                parts.add(threads.submit(part));
            }
            long events = 0;
            for (Future<Long> part : parts) {
                events += part.get();
            }
            return events / ((System.nanoTime() - start) / 1e9);
        } finally {
            threads.shutdown();
        }
    }

    private static long insert(Deployment deployment, long until) throws SQLException {
        long events = 0;
        try (Connection connection = deployment.connect();
                PreparedStatement statement = connection.prepareStatement(INSERT)) {
            Ids generator = new Ids(InstantSource.system());
            String[] players = new String[BATCH];
            Arrays.fill(players, PLAYER);
            while (System.nanoTime() < until) {
                UUID[] ids = new UUID[BATCH];
                Arrays.setAll(ids, i -> generator.next());
                statement.setArray(1, connection.createArrayOf("uuid", ids));
                statement.setArray(2, connection.createArrayOf("text", players));
                statement.executeUpdate();
                events += BATCH;
            }
        }
        return events;
    }
}
