package io.playhook.delivery;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.circuit.CircuitState;
import io.playhook.platform.Database;
import io.playhook.platform.Ids;

/**
 * The open deliveries, and what becomes of them: {@code delivery_queue}, {@code deliveries} and {@code attempts}.
 *
 * <p>A row of the queue is held by a lease: {@code due_at} lies at the lease's end, so what a killed pod held comes due
 * by itself. Only who holds the lease may change the row; what a pod reports after it lost a lease changes nothing but
 * the attempt log.
 */
@ApplicationScoped
public class DeliveryQueue {

    // A loose index scan: one step for each webhook that has anything waiting, however much that is.
    static final String FIND_DUE = """
            with recursive waiting as (
                (select webhook_id, due_at from delivery_queue order by webhook_id, due_at limit 1)
                union all
                select next.webhook_id, next.due_at
                from waiting cross join lateral (
                    select q.webhook_id, q.due_at from delivery_queue q
                    where q.webhook_id > waiting.webhook_id
                    order by q.webhook_id, q.due_at limit 1) next
            )
            select w.id, w.status in ('disabled', 'deleted') as ended, w.status_reason, c.state
            from waiting
            join webhooks w on w.id = waiting.webhook_id
            left join circuits c on c.webhook_id = w.id
            where w.status in ('disabled', 'deleted')
               or w.status = 'active' and waiting.due_at <= $1
                  and (c.state is null or c.state = 'closed' or c.open_until <= $1)
            """;

    static final String CLAIM = """
            with due as (
                select q.delivery_id
                from unnest($1::int[], $2::int[]) as room (webhook_id, slots)
                cross join lateral (
                    select delivery_id from delivery_queue
                    where webhook_id = room.webhook_id and due_at <= $3 and (leased_by is null or due_at <= $6)
                    order by due_at limit room.slots
                    for update skip locked) q
            ), claimed as (
                update delivery_queue q set due_at = $4, leased_by = $5
                from due where q.delivery_id = due.delivery_id
                returning q.delivery_id, q.event_id, q.webhook_id, q.attempts, q.player_uuid as turn_of
            )
            select claimed.*, w.version, e.organization_id, e.type, e.player, e.occurred_at, e.trace_parent,
                   c.failing_since is not null as troubled
            from claimed
            join events e on e.id = claimed.event_id
            join webhooks w on w.id = claimed.webhook_id
            left join circuits c on c.webhook_id = claimed.webhook_id
            """;

    static final String RECORD = """
            with done as (
                select * from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::int[], $5::text[], $6::int[],
                                     $7::text[], $8::bytea[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
                    as done (delivery_id, number, started_at, duration_ms, outcome, status_code,
                             reason, response_body, status, status_reason, settled_at, retry_at)
            ), settled as (
                delete from delivery_queue q using done
                where q.delivery_id = done.delivery_id and q.leased_by = $13 and q.attempts = done.number - 1
                  and done.status is not null
                returning q.delivery_id, q.event_id, q.webhook_id, q.organization_id, done.status, done.status_reason,
                          done.number, q.accepted_at, done.settled_at
            ), history as (
                insert into deliveries (id, event_id, webhook_id, organization_id, status, reason, attempts,
                                        accepted_at, settled_at)
                select * from settled
            ), retried as (
                update delivery_queue q set attempts = done.number, due_at = done.retry_at, leased_by = null
                from done
                where q.delivery_id = done.delivery_id and q.leased_by = $13 and q.attempts = done.number - 1
                  and done.status is null
            )
            insert into attempts (delivery_id, number, started_at, duration_ms, outcome, status_code, reason, response_body)
            select delivery_id, number, started_at, duration_ms, outcome, status_code, reason, response_body from done
            on conflict do nothing
            """;

    // One player's turns after the other, in the order in which everybody takes their locks.
    private static final String ARRANGE = """
            select arrange_turns(webhook_id, player_uuid, $3)
            from (select distinct webhook_id, player_uuid, turn_bucket(player_uuid) as bucket
                  from unnest($1::int[], $2::text[]) as turns (webhook_id, player_uuid)
                  order by webhook_id, bucket) in_order_of_locks
            """;

    private static final String GIVE_BACK = """
            update delivery_queue set due_at = $2, leased_by = null
            where delivery_id = any ($1) and leased_by = $3
            """;

    private static final String CANCEL = """
            with ended as (
                delete from delivery_queue
                where delivery_id in (
                    select delivery_id from delivery_queue where webhook_id = $1 limit $4 for update skip locked)
                returning delivery_id, event_id, webhook_id, organization_id, attempts, accepted_at
            )
            insert into deliveries (id, event_id, webhook_id, organization_id, attempts, accepted_at,
                                    status, reason, settled_at)
            select ended.*, 'canceled', $2, $3 from ended
            """;

    private final Database database;
    private final UUID pod;

    DeliveryQueue(Database database, Ids ids) {
        this.database = database;
        this.pod = ids.next();
    }

    /**
     * A webhook for which there is something to do.
     *
     * @param ended whether it is deleted or disabled, so that its deliveries are to be canceled
     * @param circuit closed, or open or half open with its time run out, so that a probe may go out
     */
    record DueWebhook(int id, boolean ended, String statusReason, CircuitState circuit) {}

    /**
     * What to lease.
     *
     * @param slots how many at most, for each of {@code webhookIds}
     * @param probe whether it is for the single probe of a half-open circuit
     * @param until when the leases end
     * @param lapsedBefore other pods' leases are taken over only if they ended before this
     */
    record Claim(
            Integer[] webhookIds, Integer[] slots, boolean probe, Instant now, Instant until, Instant lapsedBefore) {}

    /** The id under which this process takes leases; new with each start. */
    public UUID pod() {
        return pod;
    }

    /** The webhooks that have deliveries due and may get them, or that have ended and still have some. */
    Uni<List<DueWebhook>> findDue(Instant now) {
        return database.query(
                FIND_DUE,
                Tuple.of(utc(now)),
                row -> new DueWebhook(
                        row.getInteger("id"),
                        row.getBoolean("ended"),
                        row.getString("status_reason"),
                        CircuitState.of(row.getString("state"))));
    }

    /** Leases due deliveries, oldest first, for as many as there is room for. */
    Uni<List<Delivery>> claimDue(Claim claim) {
        Tuple parameters = Tuple.of(claim.webhookIds(), claim.slots(), utc(claim.now()), utc(claim.until()), pod)
                .addValue(utc(claim.lapsedBefore()));
        return database.query(CLAIM, parameters, row -> delivery(row, claim.probe(), claim.until()));
    }

    /** Records attempts, with what follows from each: for deliveries that take turns, also whose turn it is. */
    Uni<Void> record(List<CompletedAttempt> completed, Instant now) {
        List<Delivery> turns = completed.stream()
                .map(CompletedAttempt::delivery)
                .filter(Delivery::takesTurns)
                .toList();
        Tuple attempts = AttemptColumns.of(completed).addValue(pod);
        Uni<RowSet<Row>> recorded = turns.isEmpty()
                ? database.execute(RECORD, attempts)
                : database.inTransaction(transaction -> Database.execute(transaction, RECORD, attempts)
                        .chain(() -> Database.execute(transaction, ARRANGE, turns(turns, now))));
        return recorded.replaceWithVoid();
    }

    private static Tuple turns(List<Delivery> deliveries, Instant now) {
        Integer[] webhookIds = deliveries.stream().map(Delivery::webhookId).toArray(Integer[]::new);
        String[] players = deliveries.stream().map(Delivery::turnOf).toArray(String[]::new);
        return Tuple.of(webhookIds, players, utc(now));
    }

    /** Gives leases up without an attempt; they may be claimed again from {@code dueAt} on. */
    Uni<Void> giveBack(List<UUID> deliveryIds, Instant dueAt) {
        return database.execute(GIVE_BACK, Tuple.of(deliveryIds.toArray(UUID[]::new), utc(dueAt), pod))
                .replaceWithVoid();
    }

    /** Cancels open deliveries of a webhook that has ended, leased or not; gives how many, {@code limit} at most. */
    Uni<Integer> cancel(int webhookId, String reason, int limit, Instant now) {
        return database.execute(CANCEL, Tuple.of(webhookId, reason, utc(now), limit))
                .map(rows -> rows.rowCount());
    }

    private static Delivery delivery(Row row, boolean probe, Instant leasedUntil) {
        EventPayload event = new EventPayload(
                row.getUUID("event_id"),
                row.getInteger("organization_id"),
                row.getString("type"),
                row.getString("player"),
                row.getOffsetDateTime("occurred_at").toInstant(),
                row.getString("trace_parent"));
        return new Delivery(
                row.getUUID("delivery_id"),
                event,
                row.getInteger("webhook_id"),
                row.getInteger("version"),
                row.getInteger("attempts"),
                probe,
                row.getBoolean("troubled"),
                row.getString("turn_of"),
                leasedUntil);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
