package io.playhook.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.UUID;

import io.playhook.platform.Ids;

/** The queue of deliveries, filled by SQL: to publish millions would take an hour. */
final class Queue implements AutoCloseable {

    private static final int EVENTS_AT_ONCE = 5_000;

    // Players of 600 bytes, as the generator's.
    private static final String FILL = """
            with e as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select id, ?, 'playlist_update', 'p', '{"uuid":"p","name":"' || repeat('x', 577) || '"}', now(), now()
                from unnest(?::uuid[]) as id
                returning *
            )
            insert into delivery_queue (event_id, webhook_id, organization_id, bytes, due_at, accepted_at, type, player_uuid)
            select e.id, w.id, e.organization_id, 600, now(), now(), e.type, e.player_uuid
            from e join webhooks w on w.organization_id = e.organization_id
            """;

    // What a retry leaves that is due later; the webhooks have never failed, and no pod has to know them.
    private static final String IDLE = """
            with organization as (
                insert into organizations (name, created_at) select 'Idle', now() from generate_series(1, %1$d) returning id
            ), webhook as (
                insert into webhooks (organization_id, version, url, event_subscriptions, status, created_at, updated_at)
                select id, 1, '', '{playlist_update}', 'active', now(), now()
                from organization cross join generate_series(1, %2$d / %1$d)
                returning id, organization_id
            )
            insert into delivery_queue (event_id, webhook_id, organization_id, bytes, due_at, accepted_at, type, player_uuid,
                                        attempts)
            select gen_random_uuid(), min(id), organization_id, 600, now() + interval '1 hour', now(), 'playlist_update', 'p', 1
            from webhook group by organization_id
            """;

    private final Connection connection;
    private final int organization;
    private final Integer[] webhooks;
    private final Ids ids = new Ids(InstantSource.system());

    /** That of the organization's webhooks. */
    Queue(Connection connection, int organization) throws SQLException {
        this.connection = connection;
        this.organization = organization;
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "select array_agg(id) from webhooks where organization_id = " + organization)) {
            result.next();
            webhooks = (Integer[]) result.getArray(1).getArray();
        }
    }

    Integer[] webhooks() {
        return webhooks;
    }

    /** Adds deliveries that are due, the same number for each webhook. */
    void fill(int deliveries) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FILL)) {
            int left = deliveries / webhooks.length;
            for (int said = 0; left > 0; said++) {
                UUID[] events = new UUID[Math.min(left, EVENTS_AT_ONCE)];
                Arrays.setAll(events, i -> ids.next());
                statement.setInt(1, organization);
                statement.setArray(2, connection.createArrayOf("uuid", events));
                statement.executeUpdate();
                left -= events.length;
                if (said % 20 == 19) {
                    Bench.say("%,d deliveries are still to be queued".formatted(left * webhooks.length));
                }
            }
        }
    }

    /** Registers organizations and webhooks that have nothing due, but one delivery for each organization an hour later. */
    void addIdle(int organizations, int ofWebhooks) throws SQLException {
        execute(IDLE.formatted(organizations, ofWebhooks));
    }

    /** Sends nothing to the webhooks from now on. */
    void pause() throws SQLException {
        setStatus("paused");
    }

    /** Sends to the webhooks again. */
    void resume() throws SQLException {
        setStatus("active");
    }

    private void setStatus(String status) throws SQLException {
        execute("update webhooks set status = '%s', version = version + 1 where organization_id = %d"
                .formatted(status, organization));
    }

    /** Takes away the oldest deliveries, all but so many, as if they had been settled. */
    void trim(int left) throws Exception {
        // What is under way is settled by the service.
        while (read("select count(*) from (select from delivery_queue where leased_by is not null limit 1) any_leased")
                > 0) {
            Thread.sleep(100);
        }
        execute("""
                delete from delivery_queue where organization_id = %d and event_id < (
                    select event_id from delivery_queue where webhook_id = %d order by event_id desc offset %d limit 1)
                """.formatted(organization, webhooks[0], left / webhooks.length - 1));
    }

    /** Has the server do at once what it would have done in the hours that such a change usually takes. */
    void settleDown() throws SQLException {
        execute("vacuum (analyze) delivery_queue, events, due_webhooks");
        execute("checkpoint");
    }

    boolean isEmpty() throws SQLException {
        return read("select count(*) from (select from delivery_queue where webhook_id = any (array"
                        + Arrays.toString(webhooks) + ") limit 1) any_left")
                == 0;
    }

    /** The size of the queue with its indexes. */
    long mebibytes() throws SQLException {
        return read("select pg_total_relation_size('delivery_queue') / 1048576");
    }

    private long read(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
