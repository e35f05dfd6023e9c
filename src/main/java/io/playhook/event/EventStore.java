package io.playhook.event;

import java.time.Duration;
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
import io.playhook.delivery.Lease;
import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.platform.Database;

/**
 * Accepts events: {@code events}, {@code idempotency_keys}, and the first row of each delivery in
 * {@code delivery_queue}, which belongs to the delivery side from then on but must be born in the same statement.
 */
@ApplicationScoped
class EventStore {

    // Repeatable: an event that is there already is left alone, with its deliveries. Deliveries that take turns go by a
    // function: what it sees must be newer than this statement, once it has the lock.
    static final String ACCEPT = """
            with incoming as (
                select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
                    as incoming (id, organization_id, type, player_uuid, player, occurred_at, trace_parent)
            ), accepted as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at, trace_parent)
                select id, organization_id, type, player_uuid, player, occurred_at, now(), trace_parent from incoming
                on conflict do nothing
                returning id, organization_id, type, player_uuid
            ), recipients as (
                select delivery_id(accepted.id, w.id, now()) as delivery_id, accepted.id as event_id,
                       accepted.organization_id, accepted.type, accepted.player_uuid,
                       w.id as webhook_id, w.version, w.ordered, w.coalesce_ms,
                       w.ordered or w.coalesce_ms > 0 as takes_turns,
                       c.failing_since is not null as troubled,
                       case when w.status = 'active' and (c.state is null or c.state = 'closed')
                           and w.id <> all ($10::int[]) then $8::uuid end as leased_by
                from accepted
                cross join lateral (
                    select * from webhooks
                    where organization_id = accepted.organization_id and status in ('active', 'paused')
                      and accepted.type = any (event_subscriptions)
                    offset 0) w
                left join lateral (select * from circuits where webhook_id = w.id limit 1) c on true
            ), queued as (
                insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at,
                                            leased_by, leased_until)
                select delivery_id, event_id, webhook_id, organization_id, now(), now(), leased_by,
                       case when leased_by is not null then now() + $9::bigint * interval '1 millisecond' end
                from recipients where not takes_turns
            )
            select delivery_id, event_id, webhook_id, version, troubled, 0 as coalesce_ms, null as turn_of,
                   case when leased_by is not null then now() + $9::bigint * interval '1 millisecond' end as leased_until
            from recipients where not takes_turns
            union all
            select delivery_id, event_id, webhook_id, version, troubled, coalesce_ms, player_uuid,
                   take_turn(delivery_id, event_id, webhook_id, organization_id, type, player_uuid,
                             ordered, coalesce_ms, leased_by, $9::bigint)
            from (select * from recipients where takes_turns
                  order by webhook_id, turn_bucket(player_uuid), array_position($1, event_id)) in_order_of_locks
            """;

    // After a repeat: deliveries that are still open, and settled ones to be counted.
    private static final String ACCEPTED = """
            select d.delivery_id, e.id as event_id, w.id as webhook_id, w.version, w.coalesce_ms,
                   q.player_uuid as turn_of, c.failing_since is not null as troubled,
                   case when q.leased_by = $2 then q.leased_until end as leased_until
            from unnest($1::uuid[]) as wanted (id)
            join events e on e.id = wanted.id
            join webhooks w on w.organization_id = e.organization_id
            cross join lateral (select delivery_id(e.id, w.id, e.accepted_at) as delivery_id) d
            left join delivery_queue q on q.delivery_id = d.delivery_id
            left join circuits c on c.webhook_id = w.id
            where q.delivery_id is not null or exists (select from deliveries where id = d.delivery_id)
            """;

    private static final String RESERVE = """
            insert into idempotency_keys (organization_id, key, event_id, fingerprint, created_at)
            select $1, key, event_id, fingerprint, now()
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

    /**
     * A delivery just queued.
     *
     * @param delivery its lease is null where this pod is not to send it
     * @param hold how long it may have to wait for a newer one
     */
    record Queued(Delivery delivery, Duration hold) {

        boolean isLeased() {
            return delivery.lease() != null;
        }
    }

    /** What stands under an idempotency key. */
    record KeyHolder(UUID eventId, byte[] fingerprint) {}

    /** Runs {@code work} in one transaction. */
    <T> Uni<T> inTransaction(Function<SqlConnection, Uni<T>> work) {
        return database.inTransaction(work);
    }

    /** Accepts events with all their deliveries in a transaction of its own. */
    Uni<List<Queued>> accept(List<PlayerEvent> events, LeaseOffer lease) {
        return database.execute(ACCEPT, acceptParameters(events, lease))
                .map(rows -> Database.map(rows, queued(events, lease)));
    }

    /** Accepts events with all their deliveries in a transaction that is open. */
    Uni<List<Queued>> accept(SqlConnection transaction, List<PlayerEvent> events, LeaseOffer lease) {
        return Database.execute(transaction, ACCEPT, acceptParameters(events, lease))
                .map(rows -> Database.map(rows, queued(events, lease)));
    }

    /** The deliveries of events that were accepted before, as {@link #accept} gave or would have given them. */
    Uni<List<Queued>> accepted(List<PlayerEvent> events, LeaseOffer lease) {
        Tuple parameters = Tuple.of(events.stream().map(PlayerEvent::id).toArray(UUID[]::new))
                .addValue(lease.pod());
        return database.query(ACCEPTED, parameters, queued(events, lease));
    }

    /**
     * Takes keys that nobody holds yet, and gives the holder of each. Waits for a transaction that is about to take the
     * same key; keys are taken in their order, so that two transactions never wait for each other.
     */
    Uni<Map<String, KeyHolder>> reserveKeys(
            SqlConnection transaction, int organizationId, Map<String, KeyHolder> wanted) {
        String[] keys = wanted.keySet().toArray(String[]::new);
        UUID[] events = wanted.values().stream().map(KeyHolder::eventId).toArray(UUID[]::new);
        Buffer[] fingerprints = wanted.values().stream()
                .map(holder -> Buffer.buffer(holder.fingerprint()))
                .toArray(Buffer[]::new);
        Tuple reservation = Tuple.of(organizationId, keys, events, fingerprints);
        return Database.execute(transaction, RESERVE, reservation)
                .chain(() -> Database.execute(transaction, RESERVED, Tuple.of(organizationId, keys)))
                .map(rows -> Database.map(rows, Function.identity()).stream()
                        .collect(Collectors.toMap(row -> row.getString("key"), EventStore::keyHolder)));
    }

    private static Tuple acceptParameters(List<PlayerEvent> events, LeaseOffer lease) {
        return Tuple.tuple()
                .addValue(events.stream().map(PlayerEvent::id).toArray(UUID[]::new))
                .addValue(events.stream().map(PlayerEvent::organizationId).toArray(Integer[]::new))
                .addValue(events.stream().map(PlayerEvent::type).toArray(String[]::new))
                .addValue(events.stream().map(PlayerEvent::playerUuid).toArray(String[]::new))
                .addValue(events.stream().map(PlayerEvent::player).toArray(String[]::new))
                .addValue(events.stream().map(event -> utc(event.occurredAt())).toArray(OffsetDateTime[]::new))
                .addValue(events.stream().map(PlayerEvent::traceParent).toArray(String[]::new))
                .addValue(lease.pod())
                .addValue(lease.millis())
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
                        null,
                        row.getBoolean("troubled"),
                        row.getString("turn_of"),
                        lease(row, lease)),
                Duration.ofMillis(row.getInteger("coalesce_ms")));
    }

    private static Lease lease(Row row, LeaseOffer offer) {
        OffsetDateTime until = row.getOffsetDateTime("leased_until");
        return until == null ? null : new Lease(until, offer.madeAt());
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
