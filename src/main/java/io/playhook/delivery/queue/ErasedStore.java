package io.playhook.delivery.queue;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;

/** Settles deliveries whose event has no content any more: it was erased, or is not kept. */
@ApplicationScoped
public class ErasedStore {

    /** How many are canceled at once. */
    static final int AT_ONCE = 4_000;

    // Each event's by itself, out of the one index that has them so for each organization whose webhooks may have heard
    // it. Who has leased them is asked of what was found: other indexes, of what waits for its time, would be walked
    // whole.
    private static final String FIND = """
            with asked as materialized (
                select organization_id, event_id
                from unnest($1::uuid[]) as erased (event_id) cross join unnest($2::int[]) as heard (organization_id)
            )
            select q.webhook_id, q.event_id, q.player_uuid, q.position is not null as takes_turns,
                   q.leased_by is not null as is_leased
            from asked
            cross join lateral (
                select * from delivery_queue
                where organization_id > 0 and organization_id = asked.organization_id and event_id = asked.event_id
                offset 0) q
            limit %d
            """.formatted(AT_ONCE);

    // One that is being claimed at this moment is left: it may go out yet.
    private static final String SETTLE = """
            with gone as (
                delete from delivery_queue
                where ctid = any (array(
                    select q.row from unnest($1::uuid[], $2::int[]) as gone (event_id, webhook_id)
                    cross join lateral (
                        select ctid as row from delivery_queue
                        where webhook_id = gone.webhook_id and event_id = gone.event_id
                          and leased_by is not distinct from $3
                        limit 1 for update skip locked) q))
                returning event_id, webhook_id, organization_id, type, player_uuid, attempts, accepted_at
            ), judged as (
                select gone.*, coalesce($4::boolean, (select true from events where id = gone.event_id limit 1)) as is_erased
                from gone
            )
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, attempts, accepted_at,
                                    status, reason, settled_at)
            select event_id, webhook_id, organization_id, type, player_uuid, attempts, accepted_at,
                   case when is_erased then 'canceled' else 'failed' end,
                   case when is_erased then 'the content of its event was erased' else 'its event is not kept any more' end,
                   now()
            from judged
            """ + DeliveryQueue.SETTLED;

    /**
     * What was done.
     *
     * @param more whether there may be more that can be canceled at once
     * @param held the webhooks of those that could not be canceled, since a pod holds them
     */
    public record Canceled(boolean more, Set<Integer> held) {}

    private record Open(int webhookId, UUID eventId, String turnOf, boolean isLeased) {}

    /**
     * Cancels open deliveries of events that have been erased, in the transaction that erased them.
     *
     * @param organizations those whose webhooks may have heard them
     */
    public Uni<Canceled> cancel(SqlConnection transaction, UUID[] events, Integer[] organizations) {
        return Database.execute(transaction, FIND, Tuple.of(events, organizations))
                .map(rows -> Database.map(rows, ErasedStore::open))
                .chain(found -> {
                    List<Open> free =
                            found.stream().filter(open -> !open.isLeased()).toList();
                    return settle(transaction, free, null, true)
                            .map(settled -> new Canceled(
                                    found.size() == AT_ONCE && settled > 0,
                                    found.stream()
                                            .filter(open -> open.isLeased() || settled < free.size())
                                            .map(Open::webhookId)
                                            .collect(Collectors.toSet())));
                });
    }

    /** Settles deliveries that a pod has leased, and finds it can't send. */
    Uni<Void> settle(Database database, Collection<LeasedRow> leased, UUID pod) {
        List<Open> open = leased.stream()
                .map(row -> new Open(row.webhookId(), row.eventId(), row.turnOf(), true))
                .toList();
        return database.inTransaction(transaction -> settle(transaction, open, pod, null))
                .replaceWithVoid();
    }

    // Where it is not known whether they were erased, that is looked up.
    private static Uni<Integer> settle(SqlConnection transaction, List<Open> open, UUID leasedBy, Boolean areErased) {
        if (open.isEmpty()) {
            return Uni.createFrom().item(0);
        }
        List<Open> turns = open.stream().filter(its -> its.turnOf() != null).toList();
        Tuple parameters = Tuple.of(
                        open.stream().map(Open::eventId).toArray(UUID[]::new),
                        open.stream().map(Open::webhookId).toArray(Integer[]::new))
                .addValue(leasedBy)
                .addBoolean(areErased);
        return TurnStore.around(
                transaction,
                turns.stream().map(Open::webhookId).toArray(Integer[]::new),
                turns.stream().map(Open::turnOf).toArray(String[]::new),
                () -> Database.execute(transaction, SETTLE, parameters).map(rows -> rows.rowCount()));
    }

    private static Open open(Row row) {
        return new Open(
                row.getInteger("webhook_id"),
                row.getUUID("event_id"),
                row.getBoolean("takes_turns") ? row.getString("player_uuid") : null,
                row.getBoolean("is_leased"));
    }
}
