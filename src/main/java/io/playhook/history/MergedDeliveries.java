package io.playhook.history;

import java.util.UUID;

import io.smallrye.mutiny.Uni;

import io.playhook.history.DeliveryListRepository.Found;
import io.playhook.platform.database.Reads;
import io.playhook.platform.http.Listing;

import static io.playhook.history.DeliverySql.FIRST_UUID;
import static io.playhook.history.DeliverySql.LAST_UUID;
import static io.playhook.history.DeliverySql.OF_ORGANIZATION;
import static io.playhook.history.DeliverySql.SETTLED;
import static io.playhook.history.DeliverySql.WAITING;
import static io.playhook.history.DeliverySql.hasSettled;
import static io.playhook.history.DeliverySql.hasWaiting;

/** Deliveries of an organization, a webhook or an event: those that are open and those that are settled, merged by their ids. */
final class MergedDeliveries {

    /** How many rows a page may look at, where it can't go by an index alone. */
    static final int LOOKED_AT = 1_000;

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

    private static final String END = """
            (select last.* from (select where (select count(*) from %s) < %s) as not_enough
             cross join lateral (select event_id, webhook_id from %s%s%s offset %d limit 1) as last)""";

    private static final String NO_END = "select null::uuid as event_id, null::integer as webhook_id where false";

    private static final String NOTHING = " where false";

    private final DeliverySql sql = new DeliverySql();
    private final DeliveryFilter filter;
    private final String organization;
    private final String most;

    private MergedDeliveries(int organizationId, DeliveryFilter filter, Listing.Start start) {
        this.filter = filter;
        this.organization = sql.add(organizationId);
        this.most = sql.add(start.rows());
    }

    static Uni<Found> list(Reads reads, int organizationId, DeliveryFilter filter, Listing.Start start) {
        MergedDeliveries list = new MergedDeliveries(organizationId, filter, start);
        String statement = list.statement(start);
        return reads.execute(statement, list.sql.values())
                .map(rows -> DeliverySql.found(
                        rows,
                        row -> place(row.getUUID("end_event"), row.getInteger("end_webhook")),
                        row -> place(row.getUUID("event_id"), row.getInteger("webhook_id"))));
    }

    private String statement(Listing.Start start) {
        Place before = before(start);
        String rest = sql.rest(
                filter, filter.webhookId().isPresent() && filter.eventId().isPresent());
        Side waiting = new Side(
                "waiting",
                "delivery_queue",
                WAITING,
                hasWaiting(filter) ? walkOfQueue(before) : NOTHING,
                " order by organization_id desc, event_id desc, webhook_id desc",
                rest,
                most);
        Side settled = new Side(
                "settled",
                "deliveries",
                SETTLED,
                hasSettled(filter) ? walkOfSettled(before) + DeliverySql.status(filter) : NOTHING,
                " order by event_id desc, webhook_id desc",
                rest,
                most);
        return MERGED.formatted(waiting.rows(), settled.rows(), waiting.end(), settled.end(), most);
    }

    private String walkOfQueue(Place before) {
        if (filter.webhookId().isPresent()) {
            return walkOfWebhook(before);
        }
        UUID first = filter.since().map(DeliverySql::firstIdBefore).orElse(FIRST_UUID);
        Place last = before;
        if (filter.eventId().isPresent()) {
            UUID event = filter.eventId().get();
            first = isBefore(first, event) ? event : first;
            last = isBefore(event, last.event()) ? new Place(event, Integer.MAX_VALUE) : last;
        }
        return DeliverySql.queueBetween(organization, sql.add(first), sql.add(last.event()), sql.add(last.webhook()));
    }

    private String walkOfSettled(Place before) {
        if (filter.webhookId().isPresent()) {
            return walkOfWebhook(before);
        }
        return OF_ORGANIZATION.formatted(organization)
                + " and event_id <= %1$s and (event_id, webhook_id) < (%1$s, %2$s)"
                        .formatted(sql.add(before.event()), sql.add(before.webhook()))
                + further();
    }

    // Somebody else's webhook is as good as none: looked up first, so that its deliveries are not walked in vain. Of
    // one webhook, an event has one delivery.
    private String walkOfWebhook(Place before) {
        return " where webhook_id = (select id from webhooks where id = %s and organization_id = %s) and event_id < %s"
                        .formatted(sql.add(filter.webhookId().orElseThrow()), organization, sql.add(before.event()))
                + further();
    }

    private String further() {
        return filter.since()
                        .map(time -> " and event_id >= " + sql.add(DeliverySql.firstIdBefore(time)))
                        .orElse("")
                + filter.eventId().map(id -> " and event_id = " + sql.add(id)).orElse("");
    }

    /** A place in the order of lists: what is asked for lies before it. */
    private record Place(UUID event, int webhook) {}

    // One bound and not two: an index is entered at one of them, and walked from there to the other.
    private Place before(Listing.Start start) {
        Place cursor = start.after()
                .map(at -> new Place(new UUID(at[0], at[1]), (int) at[2]))
                .orElse(new Place(LAST_UUID, Integer.MAX_VALUE));
        return filter.until()
                .map(time -> new Place(DeliverySql.firstIdAfter(time), 0))
                .filter(until -> !isBefore(cursor.event(), until.event()))
                .orElse(cursor);
    }

    /** In PostgreSQL's order, which is not Java's. */
    private static boolean isBefore(UUID one, UUID other) {
        return one.toString().compareTo(other.toString()) < 0;
    }

    private static long[] place(UUID event, int webhook) {
        return new long[] {event.getMostSignificantBits(), event.getLeastSignificantBits(), webhook};
    }

    /**
     * One of the two tables, as a list reads it.
     *
     * @param walk which part of the index is walked
     * @param order the index' order
     * @param rest what has to hold beside; empty if the index alone decides
     * @param most how many rows are wanted
     */
    private record Side(String name, String table, String select, String walk, String order, String rest, String most) {

        /** Stops as soon as there are enough. */
        String rows() {
            return rest.isEmpty()
                    ? select + walk + order + " limit " + most
                    : "select * from (%s%s%s limit %d) as looked_at where true%s limit %s"
                            .formatted(select, walk, order, LOOKED_AT, rest, most);
        }

        /** The last that was looked at, where that was not enough and may not be all. */
        String end() {
            return rest.isEmpty() ? NO_END : END.formatted(name, most, table, walk, order, LOOKED_AT - 1);
        }
    }
}
