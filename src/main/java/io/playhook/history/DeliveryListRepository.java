package io.playhook.history;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Delivery;
import io.playhook.history.DeliveryFilter.Status;
import io.playhook.platform.database.Reads;
import io.playhook.platform.http.Listing;

import static io.playhook.platform.database.Reads.time;

/**
 * Reads lists of deliveries, the newest first: those that are open out of {@code delivery_queue}, those that are settled out of
 * {@code deliveries}.
 *
 * <p>Each list walks an index that has its order. What no index knows is looked at row by row, but never more than
 * {@link #LOOKED_AT} for a page: it may be shorter than asked for then, and the next goes on behind what was looked at. So no
 * filter makes a page dear, however little it lets through.
 */
@ApplicationScoped
class DeliveryListRepository {

    /** How many rows a page may look at, where it can't go by an index alone. */
    static final int LOOKED_AT = 1_000;

    /** The same of a player's events, each of which is asked for its deliveries. */
    static final int EVENTS_LOOKED_AT = 500;

    /**
     * Ids have the time of the pod that made them, {@code accepted_at} is the database's. What is accepted by a pod whose clock is
     * further off is not found by time. A longer time has each page look at more rows in vain.
     */
    private static final Duration CLOCKS_APART = Duration.ofSeconds(2);

    /** An id has 48 bits of time. */
    private static final long LAST_MILLI = (1L << 48) - 1;

    private static final UUID LAST_UUID = new UUID(-1, -1);

    private static final String WAITING = """
            select event_id, webhook_id, organization_id, type, player_uuid, 'waiting' as status, null as reason, attempts,
                   case when leased_by is null and isfinite(due_at) then due_at end as next_attempt_at, accepted_at,
                   null::timestamptz as settled_at
            from delivery_queue""";

    private static final String SETTLED = """
            select event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts,
                   null::timestamptz as next_attempt_at, accepted_at, settled_at
            from deliveries""";

    /** Its index holds for those that say the second too. */
    private static final String OF_ORGANIZATION = " where organization_id = %s and organization_id > 0";

    private static final String NONE = SETTLED + " where false";

    // A side that has not enough, although as much was looked at as may be, ends there. What lies behind the nearer end
    // is the next page's.
    private static final String MERGED = """
            with waiting as (
                %1$s
            ), settled as (
                %2$s
            ), nearer_end as (
                select event_id as end_event, webhook_id as end_webhook from (%3$s union all %4$s) as ends
                order by event_id desc, webhook_id desc limit 1
            )
            select one.*, nearer_end.*
            from (select) as always
            left join nearer_end on true
            left join lateral (
                select * from (select * from waiting union all select * from settled) as both_of_them
                where end_event is null or (event_id, webhook_id) >= (end_event, end_webhook)
                order by event_id desc, webhook_id desc limit %5$s) as one on true
            order by one.event_id desc, one.webhook_id desc
            """;

    private static final String IN_ORDER = " order by event_id desc, webhook_id desc";

    private static final String END = """
            (select last.* from (select where (select count(*) from %s) < %s) as not_enough
             cross join lateral (select event_id, webhook_id from %s%s%s offset %d limit 1) as last)""";

    private static final String NO_END = "select null::uuid as event_id, null::integer as webhook_id where false";

    // Of a player there is an index of events; each has its deliveries.
    private static final String OF_PLAYER = """
            with its as (
                select id, tx, id = first_value(id) over (order by tx, id) as is_last, count(*) over () as looked_at
                from (select id, tx from events
                      where organization_id = %1$s and player_uuid = %2$s and (tx, id) <= (%3$s::text::xid8, %4$s)
                      order by tx desc, id desc limit %5$s) as newest
            ), nearer_end as (
                select tx::text as end_tx, id as end_event from its where is_last and looked_at = %5$s%11$s
            )
            select one.*, nearer_end.*
            from (select) as always
            left join nearer_end on true
            left join lateral (
                select its.tx::text as tx, d.*
                from its cross join lateral (
                    select * from (
                        %6$s and event_id = its.id
                        union all
                        %7$s and event_id = its.id) as both_of_them
                    where (its.tx, its.id, webhook_id) < (%3$s::text::xid8, %4$s, %8$s)%9$s
                    order by webhook_id desc offset 0) d
                order by its.tx desc, its.id desc, d.webhook_id desc limit %10$s) as one on true
            order by one.tx::xid8 desc, one.event_id desc, one.webhook_id desc
            """;

    private final Reads reads;

    DeliveryListRepository(Reads reads) {
        this.reads = reads;
    }

    /**
     * A delivery in a list.
     *
     * @param position where it stands there
     */
    record Listed(DeliveryView view, long[] position) {}

    /**
     * What was found.
     *
     * @param end up to where was looked; empty for the end of the list
     */
    record Found(List<Listed> rows, Optional<long[]> end) {}

    /** The deliveries of an organization that a filter lets through, from where a page is to start. */
    Uni<Found> list(int organizationId, DeliveryFilter filter, Listing.Start start) {
        return filter.isOfPlayer() ? ofPlayer(organizationId, filter, start) : merged(organizationId, filter, start);
    }

    private Uni<Found> merged(int organizationId, DeliveryFilter filter, Listing.Start start) {
        Statement statement = new Statement();
        Position before = before(filter, start);
        String rest = rest(
                statement,
                filter,
                filter.webhookId().isPresent() && filter.eventId().isPresent());
        String rows = statement.add(start.rows());
        String walk = whose(statement, organizationId, filter)
                + position(statement, filter, before)
                + since(statement, filter, "event_id")
                + filter.eventId()
                        .map(id -> " and event_id = " + statement.add(id))
                        .orElse("");
        Side waiting = new Side("waiting", "delivery_queue", WAITING, walk, rest, rows);
        Side settled = new Side("settled", "deliveries", SETTLED, walk + status(filter), rest, rows);
        String sql = MERGED.formatted(
                hasWaiting(filter) ? waiting.rows() : NONE,
                hasSettled(filter) ? settled.rows() : NONE,
                hasWaiting(filter) ? waiting.end() : NO_END,
                hasSettled(filter) ? settled.end() : NO_END,
                rows);
        return reads.execute(sql, Tuple.tuple(statement.values)).map(DeliveryListRepository::foundMerged);
    }

    /**
     * One of the two tables, as a list reads it.
     *
     * @param walk which part of the index is walked
     * @param rest what has to hold beside; empty if the index alone decides
     * @param most how many rows are wanted
     */
    private record Side(String name, String table, String select, String walk, String rest, String most) {

        /** Stops as soon as there are enough. */
        String rows() {
            return rest.isEmpty()
                    ? select + walk + IN_ORDER + " limit " + most
                    : "select * from (%s%s%s limit %d) as looked_at where true%s limit %s"
                            .formatted(select, walk, IN_ORDER, LOOKED_AT, rest, most);
        }

        /** The last that was looked at, where that was not enough and may not be all. */
        String end() {
            return rest.isEmpty() ? NO_END : END.formatted(name, most, table, walk, IN_ORDER, LOOKED_AT - 1);
        }
    }

    private Uni<Found> ofPlayer(int organizationId, DeliveryFilter filter, Listing.Start start) {
        Statement statement = new Statement();
        String tx = start.after().map(at -> Long.toUnsignedString(at[0])).orElse(Long.toString(Long.MAX_VALUE));
        UUID event = start.after().map(at -> new UUID(at[1], at[2])).orElse(LAST_UUID);
        int webhook = start.after().map(at -> (int) at[3]).orElse(Integer.MAX_VALUE);
        String organization = statement.add(organizationId);
        String ofOrganization = OF_ORGANIZATION.formatted(organization);
        String sql = OF_PLAYER.formatted(
                organization,
                statement.add(filter.playerUuid().orElseThrow()),
                statement.add(tx),
                statement.add(event),
                statement.add(EVENTS_LOOKED_AT),
                hasWaiting(filter) ? WAITING + ofOrganization : NONE,
                hasSettled(filter) ? SETTLED + ofOrganization + status(filter) : NONE,
                statement.add(webhook),
                rest(statement, filter, true),
                statement.add(start.rows()),
                // What lies behind is older still.
                since(statement, filter, "id"));
        return reads.execute(sql, Tuple.tuple(statement.values)).map(DeliveryListRepository::foundOfPlayer);
    }

    private static boolean hasWaiting(DeliveryFilter filter) {
        return filter.status().isEmpty() || filter.status().get() == Status.WAITING;
    }

    private static boolean hasSettled(DeliveryFilter filter) {
        return filter.status().isEmpty() || filter.status().get() != Status.WAITING;
    }

    /** Literal, so that the indexes of those that were not delivered are known to hold for it. */
    private static String status(DeliveryFilter filter) {
        return filter.status()
                .map(status -> " and status = '" + status + "'"
                        + (status == Status.DELIVERED ? "" : " and status <> 'delivered'"))
                .orElse("");
    }

    // Somebody else's webhook is as good as none: looked up first, so that its deliveries are not walked in vain.
    private static String whose(Statement statement, int organizationId, DeliveryFilter filter) {
        String organization = statement.add(organizationId);
        return filter.webhookId()
                .map(id -> " where webhook_id = (select id from webhooks where id = %s and organization_id = %s)"
                        .formatted(statement.add(id), organization))
                .orElse(OF_ORGANIZATION.formatted(organization));
    }

    /** A place in the order of lists: what is asked for lies before it. */
    private record Position(UUID event, int webhook) {}

    // One bound and not two: an index is entered at one of them, and walked from there to the other.
    private static Position before(DeliveryFilter filter, Listing.Start start) {
        Position cursor = start.after()
                .map(at -> new Position(new UUID(at[0], at[1]), (int) at[2]))
                .orElse(new Position(LAST_UUID, Integer.MAX_VALUE));
        return filter.until()
                .map(time -> new Position(firstId(time.plus(CLOCKS_APART)), 0))
                .filter(until ->
                        cursor.event().toString().compareTo(until.event().toString()) >= 0)
                .orElse(cursor);
    }

    private static String position(Statement statement, DeliveryFilter filter, Position before) {
        String event = statement.add(before.event());
        // Of one webhook, an event has one delivery.
        return filter.webhookId().isPresent()
                ? " and event_id < " + event
                : " and event_id <= %1$s and (event_id, webhook_id) < (%1$s, %2$s)"
                        .formatted(event, statement.add(before.webhook()));
    }

    private static String since(Statement statement, DeliveryFilter filter, String id) {
        return filter.since()
                .map(time -> " and " + id + " >= " + statement.add(firstId(time.minus(CLOCKS_APART))))
                .orElse("");
    }

    /** The first id that can be made at a time. */
    private static UUID firstId(Instant time) {
        long millis = Math.max(0, Math.min(time.toEpochMilli(), LAST_MILLI));
        return new UUID(millis << 16, 0);
    }

    /** What has to hold beside what the index goes by. */
    private static String rest(Statement statement, DeliveryFilter filter, boolean withWebhook) {
        StringBuilder rest = new StringBuilder();
        filter.type().ifPresent(type -> rest.append(" and type = ").append(statement.add(type.toString())));
        filter.since().ifPresent(time -> rest.append(" and accepted_at >= ").append(statement.add(time)));
        filter.until().ifPresent(time -> rest.append(" and accepted_at < ").append(statement.add(time)));
        if (filter.eventId().isPresent()) {
            filter.playerUuid()
                    .ifPresent(uuid -> rest.append(" and player_uuid = ").append(statement.add(uuid)));
        }
        if (withWebhook) {
            filter.webhookId().ifPresent(id -> rest.append(" and webhook_id = ").append(statement.add(id)));
        }
        return rest.toString();
    }

    private static Found foundMerged(RowSet<Row> rows) {
        List<Listed> found = new ArrayList<>();
        Optional<long[]> end = Optional.empty();
        for (Row row : rows) {
            end = Optional.ofNullable(row.getUUID("end_event"))
                    .map(event -> position(event, row.getInteger("end_webhook")));
            if (row.getUUID("event_id") != null) {
                DeliveryView view = view(row);
                found.add(new Listed(view, position(view.eventId(), view.webhookId())));
            }
        }
        return new Found(found, end);
    }

    private static Found foundOfPlayer(RowSet<Row> rows) {
        List<Listed> found = new ArrayList<>();
        Optional<long[]> end = Optional.empty();
        for (Row row : rows) {
            // All of that event has been looked at: no webhook has a lower number.
            end = Optional.ofNullable(row.getUUID("end_event"))
                    .map(event -> position(row.getString("end_tx"), event, 0));
            if (row.getUUID("event_id") != null) {
                DeliveryView view = view(row);
                found.add(new Listed(view, position(row.getString("tx"), view.eventId(), view.webhookId())));
            }
        }
        return new Found(found, end);
    }

    private static long[] position(UUID event, int webhook) {
        return new long[] {event.getMostSignificantBits(), event.getLeastSignificantBits(), webhook};
    }

    private static long[] position(String tx, UUID event, int webhook) {
        return new long[] {
            Long.parseUnsignedLong(tx), event.getMostSignificantBits(), event.getLeastSignificantBits(), webhook
        };
    }

    static DeliveryView view(Row row) {
        UUID eventId = row.getUUID("event_id");
        int webhookId = row.getInteger("webhook_id");
        return new DeliveryView(
                Delivery.id(eventId, webhookId),
                eventId,
                row.getString("type"),
                row.getString("player_uuid"),
                webhookId,
                row.getInteger("organization_id"),
                row.getString("status"),
                row.getString("reason"),
                row.getInteger("attempts"),
                time(row, "next_attempt_at"),
                time(row, "accepted_at"),
                time(row, "settled_at"),
                null,
                null);
    }

    /** The parameters of a statement, as they come. */
    private static final class Statement {
        private final List<Object> values = new ArrayList<>();

        /** How the statement names this value. */
        String add(Object value) {
            values.add(value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
            return "$" + values.size();
        }
    }
}
