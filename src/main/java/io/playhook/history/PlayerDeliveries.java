package io.playhook.history;

import java.util.UUID;

import io.smallrye.mutiny.Uni;

import io.playhook.history.DeliveryListRepository.Found;
import io.playhook.platform.database.Reads;
import io.playhook.platform.http.Listing;

import static io.playhook.history.DeliverySql.LAST_UUID;
import static io.playhook.history.DeliverySql.NONE;
import static io.playhook.history.DeliverySql.OF_ORGANIZATION;
import static io.playhook.history.DeliverySql.SETTLED;
import static io.playhook.history.DeliverySql.WAITING;
import static io.playhook.history.DeliverySql.hasSettled;
import static io.playhook.history.DeliverySql.hasWaiting;

/** Deliveries of a player, whatever the event. */
final class PlayerDeliveries {

    /** How many events a page may look at, each of which is asked for its deliveries. */
    static final int EVENTS_LOOKED_AT = 500;

    // Of a player there is an index of events; each has its deliveries. An organization's webhooks hear of those below
    // it.
    private static final String OF_PLAYER = """
            with its as (
                select id, tx, id = first_value(id) over (order by tx, id) as is_last, count(*) over () as looked_at
                from (select newest.* from unnest(array(
                          select %1$s::int union select descendant_id from descendants where organization_id = %1$s)) as its (organization)
                      cross join lateral (
                          select id, tx from events
                          where organization_id = its.organization and player_uuid = %2$s
                            and (tx, id) <= (%3$s::text::xid8, %4$s)
                          order by tx desc, id desc limit %5$s) as newest
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
                        %6$s
                        union all
                        %7$s) as both_of_them
                    where (its.tx, its.id, webhook_id) < (%3$s::text::xid8, %4$s, %8$s)%9$s
                    order by webhook_id desc offset 0) d
                order by its.tx desc, its.id desc, d.webhook_id desc limit %10$s) as one on true
            order by one.tx::xid8 desc, one.event_id desc, one.webhook_id desc
            """;

    private PlayerDeliveries() {}

    static Uni<Found> list(Reads reads, int organizationId, DeliveryFilter filter, Listing.Start start) {
        DeliverySql sql = new DeliverySql();
        String tx = start.after().map(at -> Long.toUnsignedString(at[0])).orElse(Long.toString(Long.MAX_VALUE));
        UUID event = start.after().map(at -> new UUID(at[1], at[2])).orElse(LAST_UUID);
        int webhook = start.after().map(at -> (int) at[3]).orElse(Integer.MAX_VALUE);
        String organization = sql.add(organizationId);
        String statement = OF_PLAYER.formatted(
                organization,
                sql.add(filter.playerUuid().orElseThrow()),
                sql.add(tx),
                sql.add(event),
                sql.add(EVENTS_LOOKED_AT),
                hasWaiting(filter) ? WAITING + DeliverySql.queueOfEvent(organization, "its.id") : NONE,
                hasSettled(filter)
                        ? SETTLED + OF_ORGANIZATION.formatted(organization) + DeliverySql.status(filter)
                                + " and event_id = its.id"
                        : NONE,
                sql.add(webhook),
                sql.rest(filter, true),
                sql.add(start.rows()),
                // What lies behind is older still.
                filter.since()
                        .map(time -> " and id >= " + sql.add(DeliverySql.firstIdBefore(time)))
                        .orElse(""));
        return reads.execute(statement, sql.values())
                .map(rows -> DeliverySql.found(
                        rows,
                        // All of that event has been looked at: no webhook has a lower number.
                        row -> place(row.getString("end_tx"), row.getUUID("end_event"), 0),
                        row -> place(row.getString("tx"), row.getUUID("event_id"), row.getInteger("webhook_id"))));
    }

    private static long[] place(String tx, UUID event, int webhook) {
        return new long[] {
            Long.parseUnsignedLong(tx), event.getMostSignificantBits(), event.getLeastSignificantBits(), webhook
        };
    }
}
