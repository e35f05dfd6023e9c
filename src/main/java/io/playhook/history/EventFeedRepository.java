package io.playhook.history;

import java.time.Instant;
import java.time.OffsetDateTime;
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
import io.playhook.event.FeedStartRepository;
import io.playhook.history.EventView.DeliveryOfEvent;
import io.playhook.platform.database.Reads;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.webhook.EventType;

import static io.playhook.platform.database.Reads.time;

/**
 * Reads events in the order in which they were accepted. A position is final once all transactions before it have ended: what
 * is not yet certain to have nothing before it is not shown yet, so that a reader who goes on from a position misses nothing,
 * however late somebody commits.
 */
@ApplicationScoped
class EventFeedRepository {

    /** How many events a page may look at for those that its filters let through. */
    static final int LOOKED_AT = 1_000;

    private static final UUID LAST_ID = new UUID(-1, -1);

    private static final String EVENT = "id, type, occurred_at, accepted_at, organization_id, player";

    private static final String FEED_OF_ALL = feed("");
    private static final String FEED_OF_PLAYER = feed("and player_uuid = $8");

    private static final String OLDEST_KEPT = """
            select (select min(begins) from partition_ranges) as begins,
                   pg_snapshot_xmax(pg_current_snapshot())::text as next_tx
            """;

    private static final String ONE = "select " + EVENT + " from events where id = $1 and "
            + "(organization_id = $2 or exists (select from organizations where id = events.organization_id and $2 = any (ancestors)))";

    private static final String DELIVERIES = """
            select webhook_id, 'waiting' as status, attempts from delivery_queue%s
            union all
            select webhook_id, status, attempts from deliveries
            where organization_id = $2 and organization_id > 0 and event_id = $1
            order by webhook_id
            """.formatted(DeliverySql.queueOfEvent("$2", "$1"));

    private final Reads reads;
    private final FeedStartRepository starts;

    // The last that was looked at stands there where that was not enough and may not be all.
    private static String feed(String whose) {
        String walk = """
                from events
                where organization_id = $1 %s and (tx, id) > ($2::text::xid8, $3)
                  and tx < pg_snapshot_xmin(pg_current_snapshot())
                order by tx, id""".formatted(whose);
        return """
                with it as (
                    select * from (select %1$s, tx %2$s limit %3$d) as looked_at
                    where ($4::text is null or type = $4)
                      and ($5::timestamptz is null or accepted_at >= $5) and ($6::timestamptz is null or accepted_at < $6)
                    limit $7
                ), last as (
                    select last.* from (select where (select count(*) from it) < $7) as not_enough
                    cross join lateral (
                        select tx::text as last_tx, id as last_id, accepted_at as last_accepted_at
                        %2$s offset %3$d - 1 limit 1) as last
                )
                select it.id, it.type, it.occurred_at, it.accepted_at, it.organization_id, it.player, it.tx::text as tx, last.*,
                       now() as now, pg_snapshot_xmin(pg_current_snapshot())::text as horizon
                from (select) as always left join last on true left join it on true
                order by it.tx, it.id
                """.formatted(EVENT, walk, LOOKED_AT);
    }

    EventFeedRepository(Reads reads, FeedStartRepository starts) {
        this.reads = reads;
        this.starts = starts;
    }

    /** Which events are asked for; all that is there must hold. */
    record Filter(
            Optional<EventType> type, Optional<String> playerUuid, Optional<Instant> since, Optional<Instant> until) {}

    /** An event in the feed. */
    record Listed(EventView view, FeedPosition position) {}

    /**
     * What was found.
     *
     * @param end where to go on
     * @param isUpToDate whether that is behind all that is certain so far
     */
    record Found(List<Listed> rows, FeedPosition end, boolean isUpToDate) {}

    /** Where to begin so that nothing is missed that was accepted from a time on. */
    Uni<FeedPosition> start(Optional<Instant> since) {
        return since.isEmpty()
                ? Uni.createFrom().item(FeedPosition.START)
                : starts.before(since.get())
                        .map(tx -> tx.map(last -> new FeedPosition(last, LAST_ID, Instant.EPOCH))
                                .orElse(FeedPosition.START));
    }

    /** Whether all events behind a position are there still, in the database that it is of. */
    Uni<Boolean> isGood(FeedPosition position) {
        return reads.query(OLDEST_KEPT, Tuple.tuple(), row -> {
                    Instant begins = time(row, "begins");
                    return (begins == null || !position.reached().isBefore(begins))
                            && position.tx() < Long.parseLong(row.getString("next_tx"));
                })
                .map(found -> found.get(0));
    }

    /** The events of an organization from behind a position. */
    Uni<Found> list(int organizationId, Filter filter, FeedPosition after, int rows) {
        List<Object> parameters = new ArrayList<>();
        parameters.add(organizationId);
        parameters.add(Long.toString(after.tx()));
        parameters.add(after.id());
        parameters.add(filter.type().map(EventType::toString).orElse(null));
        parameters.add(filter.since().map(EventFeedRepository::utc).orElse(null));
        parameters.add(filter.until().map(EventFeedRepository::utc).orElse(null));
        parameters.add(rows);
        filter.playerUuid().ifPresent(parameters::add);
        String sql = filter.playerUuid().isPresent() ? FEED_OF_PLAYER : FEED_OF_ALL;
        return reads.execute(sql, Tuple.tuple(parameters)).map(found -> found(found, after));
    }

    /**
     * An event with the state of its deliveries to the organization's webhooks; empty if there is no such event in it, or in one
     * that lies below it.
     */
    Uni<Optional<EventView>> show(int organizationId, UUID id) {
        return reads.query(ONE, Tuple.of(id, organizationId), EventFeedRepository::view)
                .chain(found -> found.isEmpty()
                        ? Uni.createFrom().item(Optional.empty())
                        : reads.query(DELIVERIES, Tuple.of(id, organizationId), row -> delivery(row, id))
                                .map(deliveries -> Optional.of(found.get(0).with(deliveries))));
    }

    private static Found found(RowSet<Row> rows, FeedPosition after) {
        List<Listed> listed = new ArrayList<>();
        FeedPosition end = after;
        boolean isUpToDate = true;
        for (Row row : rows) {
            end = end(row, after);
            isUpToDate = row.getUUID("last_id") == null;
            if (row.getUUID("id") != null) {
                EventView view = view(row);
                listed.add(new Listed(
                        view,
                        new FeedPosition(Long.parseLong(row.getString("tx")), view.eventId(), view.acceptedAt())));
            }
        }
        return new Found(listed, end, isUpToDate);
    }

    /** Behind all that was looked at. Where that was everything, all of it is seen up to now. */
    private static FeedPosition end(Row row, FeedPosition after) {
        if (row.getUUID("last_id") != null) {
            return new FeedPosition(
                    Long.parseLong(row.getString("last_tx")), row.getUUID("last_id"), time(row, "last_accepted_at"));
        }
        long lastFinal = Long.parseLong(row.getString("horizon")) - 1;
        return lastFinal < after.tx()
                ? new FeedPosition(after.tx(), after.id(), time(row, "now"))
                : new FeedPosition(lastFinal, LAST_ID, time(row, "now"));
    }

    private static EventView view(Row row) {
        String type = row.getString("type");
        String content = row.getString("player");
        Optional<RawObject> told = Optional.ofNullable(content)
                .filter(any -> EventType.isOperational(type))
                .map(RawObject::parse);
        return new EventView(
                row.getUUID("id"),
                type,
                time(row, "occurred_at"),
                time(row, "accepted_at"),
                row.getInteger("organization_id"),
                told.isPresent() ? null : content,
                told.flatMap(it -> it.value("webhook")).map(RawValue::json).orElse(null),
                told.flatMap(it -> it.value("delivery")).map(RawValue::json).orElse(null),
                null);
    }

    private static DeliveryOfEvent delivery(Row row, UUID eventId) {
        int webhookId = row.getInteger("webhook_id");
        return new DeliveryOfEvent(
                Delivery.id(eventId, webhookId), webhookId, row.getString("status"), row.getInteger("attempts"));
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}
