package io.playhook.event;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.LeaseOffer;
import io.playhook.platform.Database;

/**
 * Accepts events: {@code events}, {@code idempotency_keys}, and the first row of each delivery in
 * {@code delivery_queue}, which belongs to the delivery side from then on but must be born in the same statement.
 */
@ApplicationScoped
class EventStore {

    static final String ACCEPT = """
            with incoming as (
                select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
                    as incoming (id, organization_id, type, player_uuid, player, occurred_at, trace_parent)
            ), accepted as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at, trace_parent)
                select id, organization_id, type, player_uuid, player, occurred_at, $8, trace_parent from incoming
            ), recipients as (
                select incoming.id as event_id, incoming.organization_id, w.id as webhook_id, w.version,
                       c.failing_since is not null as troubled,
                       $9::uuid is not null and w.status = 'active' and (c.state is null or c.state = 'closed')
                           and w.id <> all ($11::int[]) as leased
                from incoming
                join webhooks w on w.organization_id = incoming.organization_id
                    and w.status in ('active', 'paused') and incoming.type = any (w.event_subscriptions)
                left join circuits c on c.webhook_id = w.id
            ), queued as (
                insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, leased_by, accepted_at)
                select uuid_v7($8), event_id, webhook_id, organization_id,
                       case when leased then $10 else $8 end, case when leased then $9 end, $8
                from recipients
                returning delivery_id, event_id, webhook_id, leased_by
            )
            select queued.delivery_id, queued.event_id, queued.webhook_id, queued.leased_by is not null as leased,
                   r.version, r.troubled
            from queued join recipients r on r.event_id = queued.event_id and r.webhook_id = queued.webhook_id
            """;

    private static final String RESERVE = """
            insert into idempotency_keys (organization_id, key, event_id, fingerprint, created_at)
            select $1, key, event_id, fingerprint, $5
            from unnest($2::text[], $3::uuid[], $4::bytea[]) as k (key, event_id, fingerprint)
            order by key
            on conflict do nothing
            """;

    private static final String RESERVED = """
            select key, event_id, fingerprint from idempotency_keys
            where organization_id = $1 and key = any ($2)
            """;

    private final Database database;

    EventStore(Database database) {
        this.database = database;
    }

    /** A delivery just queued; {@code leased} if this pod is to send it at once. */
    record Queued(Delivery delivery, boolean leased) {}

    /** What stands under an idempotency key. */
    record KeyHolder(UUID eventId, byte[] fingerprint) {}

    /** Runs {@code work} in one transaction. */
    <T> Uni<T> inTransaction(Function<SqlConnection, Uni<T>> work) {
        return database.inTransaction(work);
    }

    /** Accepts events with all their deliveries in a transaction of its own. */
    Uni<List<Queued>> accept(List<PlayerEvent> events, Instant now, LeaseOffer lease) {
        return database.execute(ACCEPT, acceptParameters(events, now, lease))
                .map(rows -> Database.map(rows, queued(events, lease)));
    }

    /** Accepts events with all their deliveries in a transaction that is open. */
    Uni<List<Queued>> accept(SqlConnection transaction, List<PlayerEvent> events, Instant now, LeaseOffer lease) {
        return Database.execute(transaction, ACCEPT, acceptParameters(events, now, lease))
                .map(rows -> Database.map(rows, queued(events, lease)));
    }

    /**
     * Takes keys that nobody holds yet, and gives the holder of each. Waits for a transaction that is about to take the
     * same key; keys are taken in their order, so that two transactions never wait for each other.
     */
    Uni<Map<String, KeyHolder>> reserveKeys(
            SqlConnection transaction, int organizationId, Map<String, KeyHolder> wanted, Instant now) {
        String[] keys = wanted.keySet().toArray(String[]::new);
        UUID[] events = wanted.values().stream().map(KeyHolder::eventId).toArray(UUID[]::new);
        Buffer[] fingerprints = wanted.values().stream()
                .map(holder -> Buffer.buffer(holder.fingerprint()))
                .toArray(Buffer[]::new);
        Tuple reservation = Tuple.of(organizationId, keys, events, fingerprints, utc(now));
        return Database.execute(transaction, RESERVE, reservation)
                .chain(() -> Database.execute(transaction, RESERVED, Tuple.of(organizationId, keys)))
                .map(rows -> Database.map(rows, Function.identity()).stream()
                        .collect(Collectors.toMap(row -> row.getString("key"), EventStore::keyHolder)));
    }

    private static Tuple acceptParameters(List<PlayerEvent> events, Instant now, LeaseOffer lease) {
        return Tuple.tuple()
                .addValue(events.stream().map(PlayerEvent::id).toArray(UUID[]::new))
                .addValue(events.stream().map(PlayerEvent::organizationId).toArray(Integer[]::new))
                .addValue(events.stream().map(PlayerEvent::type).toArray(String[]::new))
                .addValue(events.stream().map(PlayerEvent::playerUuid).toArray(String[]::new))
                .addValue(events.stream().map(PlayerEvent::player).toArray(String[]::new))
                .addValue(events.stream().map(event -> utc(event.occurredAt())).toArray(OffsetDateTime[]::new))
                .addValue(events.stream().map(PlayerEvent::traceParent).toArray(String[]::new))
                .addValue(utc(now))
                .addValue(lease.pod())
                .addValue(utc(lease.until()))
                .addValue(lease.except());
    }

    private static Function<Row, Queued> queued(List<PlayerEvent> events, LeaseOffer lease) {
        Map<UUID, EventPayload> payloads =
                events.stream().collect(Collectors.toMap(PlayerEvent::id, EventStore::payload));
        return row -> new Queued(
                new Delivery(
                        row.getUUID("delivery_id"),
                        payloads.get(row.getUUID("event_id")),
                        row.getInteger("webhook_id"),
                        row.getInteger("version"),
                        0,
                        false,
                        row.getBoolean("troubled"),
                        lease.until()),
                row.getBoolean("leased"));
    }

    private static EventPayload payload(PlayerEvent event) {
        return new EventPayload(
                event.id(),
                event.organizationId(),
                event.type(),
                event.player(),
                event.occurredAt(),
                event.traceParent());
    }

    private static KeyHolder keyHolder(Row row) {
        return new KeyHolder(
                row.getUUID("event_id"), row.getBuffer("fingerprint").getBytes());
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
