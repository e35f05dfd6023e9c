package io.playhook.delivery.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.ForDelivery;

/**
 * When to look at which webhook: {@code due_webhooks}. A look at the queue begins there, so that it costs what there is to do,
 * however much waits. Every statement that takes rows from there adds one for what it leaves.
 *
 * <p>{@link DeliveryQueue} says how the statements are written, and why.
 */
@ApplicationScoped
public class DueWebhooks {

    static final String FREE = """
            update delivery_queue set leased_by = null, leased_until = null
            where ctid = any (array(
                select ctid from delivery_queue
                where leased_by is not null and leased_until <= now()
                order by leased_until limit $1
                for update skip locked))
            """;

    static final String FIND_DUE = """
            select due.webhook_id, due.notes, w.status,
                   coalesce(c.state, 'closed') = 'closed' as closed, c.open_until <= now() as probe_due,
                   next.due_in
            from (select (select extract(epoch from due_at - now())::float8 from due_webhooks
                          where due_at > now() and due_at <= now() + $3::bigint * interval '1 millisecond'
                          order by due_at limit 1) as due_in) next
            left join (select webhook_id, count(*) as notes
                       from (select webhook_id from due_webhooks
                             where due_at <= now() and webhook_id <> all ($1::int[])
                             order by due_at limit $2) first
                       group by webhook_id) due on true
            left join lateral (select * from webhooks where id = due.webhook_id limit 1) w on true
            left join lateral (select * from circuits where webhook_id = due.webhook_id limit 1) c on true
            """;

    /** Takes the notes of webhooks that have come due; what follows in the statement sees all that they stand for. */
    static final String NOTES_TAKEN = """
            delete from due_webhooks where ctid = any (array(
                select ctid from due_webhooks where webhook_id = any ($1) and due_at <= now() for update skip locked))
            """;

    // One note for what is left of each webhook, unless there is one already that comes due in time and stays.
    // No join, which "not exists" is: for that the planner may read all notes.
    static final String NOTES_FOR_WHAT_IS_LEFT = """
            insert into due_webhooks (webhook_id, due_at)
            select rest.webhook_id, rest.due_at
            from (select l.webhook_id,
                         case when c.state <> 'closed' then greatest(l.due_at, c.open_until) else l.due_at end as due_at
                  from left_over l
                  cross join lateral (select * from webhooks where id = l.webhook_id limit 1) w
                  left join lateral (select * from circuits where webhook_id = l.webhook_id limit 1) c on true
                  where w.status <> 'paused') rest
            where (select 1 from due_webhooks d
                   where d.webhook_id = rest.webhook_id and d.due_at > now() and d.due_at <= rest.due_at
                   limit 1) is null
            """;

    // For webhooks that can't be sent to at the moment.
    static final String PUT_OFF = """
            with notes_taken as (
                %s
            ), left_over as (
                select wanted.webhook_id, next.due_at
                from unnest($1::int[]) as wanted (webhook_id)
                cross join lateral (
                    select due_at from delivery_queue
                    where webhook_id = wanted.webhook_id and leased_by is null and due_at < 'infinity'
                    order by due_at limit 1) next
            )
            %s
            """.formatted(NOTES_TAKEN, NOTES_FOR_WHAT_IS_LEFT);

    static final String CANCEL = """
            with notes_taken as (
                %s
            ), ended as (
                delete from delivery_queue
                where ctid = any (array(
                    select q.row
                    from unnest($1::int[]) as wanted (webhook_id)
                    cross join lateral (
                        select ctid as row from delivery_queue
                        where webhook_id = wanted.webhook_id and leased_by is null
                        order by due_at limit $2
                        for update skip locked) q
                    limit $2))
                returning event_id, webhook_id, organization_id, type, player_uuid, attempts, accepted_at
            ), noted as (
                insert into due_webhooks (webhook_id, due_at)
                select unnest($1::int[]), now() where (select count(*) from ended) = $2
            )
            insert into deliveries as d (event_id, webhook_id, organization_id, type, player_uuid, attempts, accepted_at,
                                         status, reason, settled_at)
            select e.*, 'canceled',
                   case w.status when 'deleted' then 'the webhook was deleted'
                                 else concat_ws(': ', 'the webhook was disabled', w.status_reason) end,
                   now()
            from ended e
            cross join lateral (select * from webhooks where id = e.webhook_id limit 1) w
            %s
            """.formatted(NOTES_TAKEN, DeliveryQueue.SETTLED);

    private final Database database;

    DueWebhooks(@ForDelivery Database database) {
        this.database = database;
    }

    /** What there is to do for a webhook. */
    public enum Task {
        /** Deliveries are due. */
        DELIVER,
        /** Its circuit is open, and its hold is over. */
        PROBE,
        /** It is deleted or disabled: what is open is to be canceled. */
        CANCEL,
        /** Nothing for now: it is paused, or its circuit is open. */
        PUT_OFF
    }

    /**
     * What there is to do.
     *
     * @param complete whether these are all webhooks for which there is something to do
     * @param next after how long there may be more to do; empty if not before the horizon
     */
    public record Due(Map<Integer, Task> tasks, boolean complete, Optional<Duration> next) {}

    /** Ends leases whose time is over, so that their deliveries can be claimed; gives how many. */
    public Uni<Integer> freeLapsed(int limit) {
        return database.execute(FREE, Tuple.of(limit)).map(rows -> rows.rowCount());
    }

    /**
     * The webhooks for which there is something to do, those first that have waited longest.
     *
     * @param except webhooks that are not wanted
     * @param notes of how many rows of {@code due_webhooks} at most
     * @param horizon how far to look ahead
     */
    public Uni<Due> findDue(Collection<Integer> except, int notes, Duration horizon) {
        return database.execute(FIND_DUE, Tuple.of(except.toArray(Integer[]::new), notes, horizon.toMillis()))
                .map(rows -> {
                    Map<Integer, Task> tasks = new LinkedHashMap<>();
                    long read = 0;
                    Optional<Duration> next = Optional.empty();
                    for (Row row : rows) {
                        next = Optional.ofNullable(row.getDouble("due_in")).map(DueWebhooks::seconds);
                        // Nothing is due: what comes next stands alone. (A webhook that is gone has no status.)
                        if (row.getString("status") != null) {
                            read += row.getLong("notes");
                            tasks.put(row.getInteger("webhook_id"), task(row));
                        }
                    }
                    return new Due(tasks, read < notes, next);
                });
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    private static Task task(Row row) {
        return switch (row.getString("status")) {
            case "deleted", "disabled" -> Task.CANCEL;
            case "paused" -> Task.PUT_OFF;
            default ->
                row.getBoolean("closed") ? Task.DELIVER : row.getBoolean("probe_due") ? Task.PROBE : Task.PUT_OFF;
        };
    }

    /** Puts webhooks off that can't be sent to at the moment: until something about them changes, or their hold is over. */
    public Uni<Void> putOff(Collection<Integer> webhookIds) {
        return database.execute(PUT_OFF, Tuple.of((Object) webhookIds.toArray(Integer[]::new)))
                .replaceWithVoid();
    }

    /**
     * Cancels open deliveries of webhooks that have ended, if nobody holds them; gives how many, {@code limit} at most. Those
     * that are held follow when they are given back.
     */
    public Uni<Integer> cancel(Collection<Integer> webhookIds, int limit) {
        return database.execute(CANCEL, Tuple.of(webhookIds.toArray(Integer[]::new), limit))
                .map(rows -> rows.rowCount());
    }
}
