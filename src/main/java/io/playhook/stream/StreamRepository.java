package io.playhook.stream;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Delivery;
import io.playhook.platform.database.Reads;
import io.playhook.webhook.EventType;

import static io.playhook.platform.database.Reads.time;

/**
 * Reads attempts in the order in which they were recorded. As in the feed of events, what is not yet certain to have nothing before
 * it is not shown yet.
 */
@ApplicationScoped
class StreamRepository {

    /** How many attempts of an organization are read at once. */
    static final int PAGE = 500;

    // The last attempt of a settled delivery stands in its row, all others by themselves.
    private static final String BEHIND = """
            with horizon as (
                select pg_snapshot_xmin(pg_current_snapshot()) as tx
            )
            select horizon.tx::text as horizon, a.tx::text as at, a.*
            from horizon
            left join lateral (
                select its.* from unnest($1::int[]) as wanted (organization_id)
                cross join lateral (
                    select * from (
                        (select tx, event_id, webhook_id, attempts as number, organization_id, status, type, player_uuid,
                                last_started_at as started_at, last_duration_ms as duration_ms, last_outcome as outcome,
                                last_status_code as status_code, last_reason as reason
                         from deliveries
                         where organization_id = wanted.organization_id and last_started_at is not null
                           and (tx, event_id, webhook_id) >= ($2::text::xid8, $3, $4) and tx < horizon.tx
                           and (tx, event_id, webhook_id, attempts) > ($2::text::xid8, $3, $4, $5)
                         order by tx, event_id, webhook_id limit %1$d)
                        union all
                        (select tx, event_id, webhook_id, number, organization_id, 'waiting', null, null, started_at, duration_ms,
                                outcome, status_code, reason
                         from attempts
                         where organization_id = wanted.organization_id
                           and (tx, event_id, webhook_id, number) > ($2::text::xid8, $3, $4, $5) and tx < horizon.tx
                         order by tx, event_id, webhook_id, number limit %1$d)) both_of_them
                    order by tx, event_id, webhook_id, number limit %1$d) its) a on true
            order by a.tx, a.event_id, a.webhook_id, a.number
            """.formatted(PAGE);

    // Of a delivery that was retried, who the player was stands with its event.
    private static final String EVENTS = "select id, type, player_uuid from events where id = any ($1)";

    private static final String OLDEST_KEPT = """
            select (select min(begins) from partition_ranges) as begins,
                   pg_snapshot_xmax(pg_current_snapshot())::text as next_tx
            """;

    private final Reads reads;

    StreamRepository(Reads reads) {
        this.reads = reads;
    }

    /**
     * What was read.
     *
     * @param horizon the transaction before which all is seen, where a list is not full
     */
    record Page(long horizon, Map<Integer, List<StreamedAttempt>> attempts) {

        /** Those of an organization, in their order. */
        List<StreamedAttempt> of(int organizationId) {
            return attempts.getOrDefault(organizationId, List.of());
        }

        /** Whether there may be more of an organization's. */
        boolean isFull(int organizationId) {
            return of(organizationId).size() >= PAGE;
        }
    }

    /** The attempts of each of these organizations from behind a position. */
    Uni<Page> behind(StreamPosition position, Collection<Integer> organizationIds) {
        Tuple parameters = Tuple.tuple()
                .addValue(organizationIds.toArray(Integer[]::new))
                .addString(Long.toString(position.tx()))
                .addUUID(position.eventId())
                .addInteger(position.webhookId())
                .addInteger(position.number());
        return reads.execute(BEHIND, parameters).chain(rows -> named(rows).map(names -> page(rows, names)));
    }

    private record Named(String type, String playerUuid) {}

    private Uni<Map<UUID, Named>> named(RowSet<Row> rows) {
        List<UUID> unnamed = new ArrayList<>();
        rows.forEach(row -> {
            if (row.getUUID("event_id") != null && row.getString("type") == null) {
                unnamed.add(row.getUUID("event_id"));
            }
        });
        if (unnamed.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        Map<UUID, Named> names = new HashMap<>();
        return reads.execute(EVENTS, Tuple.of((Object) unnamed.toArray(UUID[]::new)))
                .invoke(found -> found.forEach(row ->
                        names.put(row.getUUID("id"), new Named(row.getString("type"), row.getString("player_uuid")))))
                .replaceWith(names);
    }

    private static Page page(RowSet<Row> rows, Map<UUID, Named> names) {
        long horizon = 0;
        Map<Integer, List<StreamedAttempt>> attempts = new HashMap<>();
        for (Row row : rows) {
            horizon = Long.parseLong(row.getString("horizon"));
            if (row.getUUID("event_id") != null) {
                attempts.computeIfAbsent(row.getInteger("organization_id"), id -> new ArrayList<>())
                        .add(attempt(row, names.get(row.getUUID("event_id"))));
            }
        }
        return new Page(horizon, attempts);
    }

    private static StreamedAttempt attempt(Row row, Named named) {
        UUID eventId = row.getUUID("event_id");
        int webhookId = row.getInteger("webhook_id");
        int number = row.getInteger("number");
        boolean isNamed = row.getString("type") != null || named == null;
        String type = isNamed ? row.getString("type") : named.type();
        String playerUuid = isNamed ? row.getString("player_uuid") : named.playerUuid();
        return new StreamedAttempt(
                new StreamPosition(Long.parseLong(row.getString("at")), eventId, webhookId, number),
                Delivery.id(eventId, webhookId),
                eventId,
                type,
                EventType.isOperational(type) ? null : playerUuid,
                webhookId,
                row.getInteger("organization_id"),
                row.getString("status"),
                number,
                time(row, "started_at"),
                row.getInteger("duration_ms"),
                row.getString("outcome"),
                row.getInteger("status_code"),
                row.getString("reason"));
    }

    /**
     * Whether all attempts behind a position are there still, in the database that it is of.
     *
     * @param reached when it was reached
     */
    Uni<Boolean> isGood(StreamPosition position, Instant reached) {
        return reads.query(OLDEST_KEPT, Tuple.tuple(), row -> {
                    Instant begins = time(row, "begins");
                    return (begins == null || !reached.isBefore(begins))
                            && position.tx() <= Long.parseLong(row.getString("next_tx"));
                })
                .map(found -> found.get(0));
    }
}
