package io.playhook.delivery.queue;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import org.jboss.logging.Logger;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.platform.Ids;
import io.playhook.platform.Ticker;
import io.playhook.platform.database.Database;
import io.playhook.platform.database.ForDelivery;

/**
 * The open deliveries, and what becomes of them: {@code delivery_queue}, {@code deliveries} and {@code attempts}.
 *
 * <p>A row of the queue is held by a lease: what a killed pod held may be taken when its lease has ended. Only who holds the
 * lease may change the row; what a pod reports after it lost a lease changes nothing but the attempt log. All times are the
 * database's, for no two pods' clocks agree.
 *
 * <p>The statements leave the planner no choice. It plans for what a table held when it was analyzed, and the queue is empty
 * one minute and has a million rows the next. So rows are looked up one by one ({@code lateral ... limit}), and changed by
 * their {@code ctid} once they are locked. Such a change misses a row that somebody else changed after the statement began;
 * of a leased one that can only be one who ends the lease, or arranges turns, which is kept out by their locks.
 * "{@code is not distinct from}" is an "=" that no index serves.
 */
@ApplicationScoped
public class DeliveryQueue {

    private static final Logger LOG = Logger.getLogger(DeliveryQueue.class);

    // An event's content travels once, however many of its deliveries are claimed.
    static final String CLAIM = """
            with room as (
                select room.*, w.version, c.failing_since is not null as troubled
                from unnest($1::int[], $2::int[], $3::uuid[]) as room (webhook_id, slots, probe_id)
                cross join lateral (select version from webhooks where id = room.webhook_id limit 1) w
                left join lateral (select failing_since from circuits where webhook_id = room.webhook_id limit 1) c on true
            ), notes_taken as (
                %s
            ), due as (
                select q.row, q.due_at, q.bytes, room.probe_id, room.version, room.troubled
                from room cross join lateral (
                    select ctid as row, due_at, bytes
                    from delivery_queue
                    where webhook_id = room.webhook_id and leased_by is null and due_at <= now()
                    order by due_at limit room.slots
                    for update skip locked) q
            ), fitting as (
                select * from (select *, sum(bytes) over (order by due_at, row) - bytes as bytes_before from due) d
                where bytes_before < $4
            ), claimed as (
                update delivery_queue q
                set leased_until = now() + $5::bigint * interval '1 millisecond', leased_by = $6
                from fitting where q.ctid = fitting.row
                returning q.event_id, q.webhook_id, q.attempts,
                          case when q.position is not null then q.player_uuid end as turn_of, q.replayed_after, q.leased_until,
                          fitting.probe_id, fitting.version, fitting.troubled
            ), left_over as (
                select room.webhook_id, next.due_at
                from room cross join lateral (
                    select due_at from (
                        select event_id, webhook_id, due_at from delivery_queue
                        where webhook_id = room.webhook_id and leased_by is null and due_at < 'infinity'
                        order by due_at limit room.slots + 1) first
                    where (event_id, webhook_id) not in (select event_id, webhook_id from claimed)
                    order by due_at limit 1) next
            ), noted as (
                %s
            )
            select c.*, l.webhook_id is not null as more,
                   e.player is not null as has_event, e.organization_id, e.type, e.player, e.occurred_at, e.trace_parent
            from (select *, row_number() over (partition by event_id) = 1 as is_first from claimed) c
            left join lateral (select * from events where c.is_first and id = c.event_id limit 1) e on true
            left join left_over l on l.webhook_id = c.webhook_id and l.due_at <= now()
            """.formatted(DueWebhooks.NOTES_TAKEN, DueWebhooks.NOTES_FOR_WHAT_IS_LEFT);

    /** Of an insert into {@code deliveries} without an attempt, or after the last that is on record. */
    static final String SETTLED = """
            on conflict (webhook_id, event_id) do update
            set status = excluded.status, reason = excluded.reason, attempts = excluded.attempts,
                settled_at = excluded.settled_at, tx = excluded.tx
            """;

    // What succeeds at once is one row of history: its attempt stands there too.
    static final String RECORD = """
            with done as (
                select * from unnest($1::uuid[], $2::int[], $3::int[], $4::timestamptz[], $5::int[], $6::text[], $7::int[],
                                     $8::text[], $9::bytea[], $10::text[], $11::text[], $12::bigint[])
                    as done (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code,
                             reason, response_body, status, status_reason, retry_after)
            ), found as materialized (
                select done.*, q.row, q.organization_id, q.accepted_at, q.type, q.player_uuid
                from done left join lateral (
                    select ctid as row, organization_id, accepted_at, type, player_uuid from delivery_queue
                    where webhook_id = done.webhook_id and event_id = done.event_id
                      and leased_by is not distinct from $13 and attempts = done.number - 1
                    limit 1 for update) q on true
            ), settled as (
                delete from delivery_queue
                where ctid = any (array(select row from found where row is not null and status is not null))
            ), history as (
                insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts,
                                        accepted_at, settled_at, last_started_at, last_duration_ms, last_outcome,
                                        last_status_code, last_reason, last_response_body)
                select event_id, webhook_id, organization_id, type, player_uuid, status, status_reason, number,
                       accepted_at, now(), started_at, duration_ms, outcome, status_code, reason, response_body
                from found where row is not null and status is not null
                on conflict (webhook_id, event_id) do update
                set status = excluded.status, reason = excluded.reason, attempts = excluded.attempts,
                    settled_at = excluded.settled_at, tx = excluded.tx, last_started_at = excluded.last_started_at,
                    last_duration_ms = excluded.last_duration_ms, last_outcome = excluded.last_outcome,
                    last_status_code = excluded.last_status_code, last_reason = excluded.last_reason,
                    last_response_body = excluded.last_response_body
            ), retried as (
                update delivery_queue q
                set attempts = found.number, due_at = now() + found.retry_after * interval '1 microsecond',
                    leased_by = null, leased_until = null
                from found where q.ctid = found.row and found.status is null
            )
            insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason,
                                  response_body, organization_id)
            select event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason, response_body,
                   coalesce(organization_id, (select organization_id from webhooks where id = found.webhook_id))
            from found where row is null or status is null
            on conflict do nothing
            """;

    static final String GIVE_BACK = """
            update delivery_queue set leased_by = null, leased_until = null
            where ctid = any (array(
                select q.row from unnest($1::uuid[], $2::int[], $3::timestamptz[]) as back (event_id, webhook_id, leased_until)
                cross join lateral (
                    select ctid as row from delivery_queue
                    where webhook_id = back.webhook_id and event_id = back.event_id
                      and leased_by is not distinct from $4 and leased_until is not distinct from back.leased_until
                    limit 1 for update) q))
            returning event_id, webhook_id
            """;

    private final Database database;
    private final ErasedStore erased;
    private final Ticker ticker;
    private final DeliveryConfig config;
    private final UUID pod;

    DeliveryQueue(@ForDelivery Database database, ErasedStore erased, Ticker ticker, DeliveryConfig config, Ids ids) {
        this.database = database;
        this.erased = erased;
        this.ticker = ticker;
        this.config = config;
        this.pod = ids.next();
    }

    /**
     * What to lease.
     *
     * @param slots how many deliveries at most, for each webhook
     * @param probes for webhooks whose single delivery is a probe, its id
     * @param bytes the payloads' size at most; the last one may exceed it
     */
    public record Claim(Map<Integer, Integer> slots, Map<Integer, UUID> probes, long bytes) {}

    /**
     * What was leased.
     *
     * @param more the webhooks that have more deliveries due, of those of which any were leased
     */
    public record Claimed(List<Delivery> deliveries, Set<Integer> more) {}

    /** The id under which this process takes leases; new with each start. */
    public UUID pod() {
        return pod;
    }

    /** Leases due deliveries, oldest first, for as many as there is room for. */
    public Uni<Claimed> claimDue(Claim claim) {
        Integer[] ids = claim.slots().keySet().toArray(Integer[]::new);
        Integer[] slots = claim.slots().values().toArray(Integer[]::new);
        UUID[] probes = claim.slots().keySet().stream().map(claim.probes()::get).toArray(UUID[]::new);
        Tuple parameters = Tuple.of(ids, slots, probes, claim.bytes())
                .addValue(config.lease().toMillis())
                .addValue(pod);
        // Deferred, so that a lease is not thought to last longer than it does.
        return Uni.createFrom().deferred(() -> {
            long askedAt = ticker.nanos();
            return database.execute(CLAIM, parameters)
                    .map(rows -> LeasedRow.of(rows, askedAt))
                    .call(this::settleWithoutEvent)
                    .map(DeliveryQueue::claimed);
        });
    }

    // Leased for ever it would be else: nobody can send it. What was leased beside it is not lost where this fails: it
    // comes up again when its lease has ended.
    private Uni<?> settleWithoutEvent(List<LeasedRow> leased) {
        List<LeasedRow> gone =
                leased.stream().filter(row -> row.delivery() == null).toList();
        if (gone.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        return erased.settle(database, gone, pod)
                .onFailure()
                .invoke(fault -> LOG.warnf("Deliveries without an event are left: %s", fault.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    private static Claimed claimed(List<LeasedRow> leased) {
        return new Claimed(
                leased.stream()
                        .map(LeasedRow::delivery)
                        .filter(Objects::nonNull)
                        .toList(),
                leased.stream()
                        .filter(LeasedRow::more)
                        .map(LeasedRow::webhookId)
                        .collect(Collectors.toSet()));
    }

    /** Records attempts, with what follows from each. */
    Uni<Void> record(List<CompletedAttempt> completed) {
        return Uni.createFrom()
                .deferred(() -> database.execute(RECORD, recordParameters(completed)))
                .replaceWithVoid();
    }

    /** Records attempts of deliveries that take turns, with what follows from each, and whose turn it is then. */
    Uni<Void> recordTurns(List<CompletedAttempt> completed) {
        Integer[] ids = completed.stream().map(c -> c.delivery().webhookId()).toArray(Integer[]::new);
        String[] players = completed.stream().map(c -> c.delivery().turnOf()).toArray(String[]::new);
        return database.inTransaction(transaction -> TurnStore.around(
                        transaction,
                        ids,
                        players,
                        () -> Database.execute(transaction, RECORD, recordParameters(completed))))
                .replaceWithVoid();
    }

    private Tuple recordParameters(List<CompletedAttempt> completed) {
        return AttemptColumns.of(completed, ticker.nanos()).addValue(pod);
    }

    /** Ends leases without an attempt. The deliveries keep their place, and may be claimed at once. */
    Uni<Void> giveBack(List<Delivery> deliveries) {
        return tryToGiveBack(deliveries)
                .chain(missed -> missed.isEmpty()
                        ? Uni.createFrom().voidItem()
                        // Not ours any more; or their turns were arranged at that moment.
                        : tryToGiveBack(missed).replaceWithVoid());
    }

    private Uni<List<Delivery>> tryToGiveBack(List<Delivery> deliveries) {
        UUID[] events = deliveries.stream().map(d -> d.event().id()).toArray(UUID[]::new);
        Integer[] webhooks = deliveries.stream().map(Delivery::webhookId).toArray(Integer[]::new);
        OffsetDateTime[] until = deliveries.stream().map(d -> d.lease().until()).toArray(OffsetDateTime[]::new);
        return database.query(
                        GIVE_BACK,
                        Tuple.of(events, webhooks, until, pod),
                        row -> Delivery.id(row.getUUID("event_id"), row.getInteger("webhook_id")))
                .map(Set::copyOf)
                .map(given ->
                        deliveries.stream().filter(d -> !given.contains(d.id())).toList());
    }
}
