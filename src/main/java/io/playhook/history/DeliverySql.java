package io.playhook.history;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;

import io.playhook.delivery.Delivery;
import io.playhook.history.DeliveryFilter.Status;
import io.playhook.history.DeliveryListRepository.Found;
import io.playhook.history.DeliveryListRepository.Listed;
import io.playhook.webhook.EventType;

import static io.playhook.platform.database.Reads.time;

/** What the statements that list deliveries have in common, and how one is put together. */
final class DeliverySql {

    /**
     * Ids have the time of the pod that made them, {@code accepted_at} is the database's. What is accepted by a pod whose clock is
     * further off is not found by time. A longer time has each page look at more rows in vain.
     */
    private static final Duration CLOCKS_APART = Duration.ofSeconds(2);

    /** An id has 48 bits of time. */
    private static final long LAST_MILLI = (1L << 48) - 1;

    static final UUID FIRST_UUID = new UUID(0, 0);
    static final UUID LAST_UUID = new UUID(-1, -1);

    static final String WAITING = """
            select event_id, webhook_id, organization_id, type, player_uuid, 'waiting' as status, null as reason, attempts,
                   case when leased_by is null and isfinite(due_at) then due_at end as next_attempt_at, accepted_at,
                   null::timestamptz as settled_at
            from delivery_queue""";

    static final String SETTLED = """
            select event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts,
                   null::timestamptz as next_attempt_at, accepted_at, settled_at
            from deliveries""";

    static final String NONE = SETTLED + " where false";

    /** The index of an organization's holds for those only that say the second too. */
    static final String OF_ORGANIZATION = " where organization_id = %s and organization_id > 0";

    private final List<Object> values = new ArrayList<>();

    /** How the statement names this value. */
    String add(Object value) {
        values.add(value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
        return "$" + values.size();
    }

    /** All values, as they came. */
    List<Object> values() {
        return values;
    }

    /**
     * The part of an organization's index of {@code delivery_queue} between two places in the order of event and webhook: from an
     * event on, and before the second place.
     *
     * <p>Columns are compared by themselves where a walk is to end. To compare rows that begin with the organization, which is the
     * same for all of them, would walk on to its last.
     */
    static String queueBetween(String organization, String firstEvent, String event, String webhook) {
        return queueOf(organization) + " and event_id >= " + firstEvent + " and event_id <= " + event
                + " and (event_id, webhook_id) < (" + event + ", " + webhook + ")";
    }

    /** The same for the deliveries of an event. */
    static String queueOfEvent(String organization, String event) {
        return queueOf(organization) + " and event_id = " + event;
    }

    private static String queueOf(String organization) {
        return " where organization_id > 0 and organization_id = " + organization;
    }

    static boolean hasWaiting(DeliveryFilter filter) {
        return filter.status().isEmpty() || filter.status().get() == Status.WAITING;
    }

    static boolean hasSettled(DeliveryFilter filter) {
        return filter.status().isEmpty() || filter.status().get() != Status.WAITING;
    }

    /** Literal, so that the indexes of those that were not delivered are known to hold for it. */
    static String status(DeliveryFilter filter) {
        return filter.status()
                .map(status -> " and status = '" + status + "'"
                        + (status == Status.DELIVERED ? "" : " and status <> 'delivered'"))
                .orElse("");
    }

    /** Before which id everything was accepted earlier than at a time. */
    static UUID firstIdBefore(Instant since) {
        return firstId(since.minus(CLOCKS_APART));
    }

    /** From which id on everything was accepted later than at a time. */
    static UUID firstIdAfter(Instant until) {
        return firstId(until.plus(CLOCKS_APART));
    }

    /** The first id that can be made at a time. */
    private static UUID firstId(Instant time) {
        long millis = Math.max(0, Math.min(time.toEpochMilli(), LAST_MILLI));
        return new UUID(millis << 16, 0);
    }

    /** What has to hold beside what the index goes by. */
    String rest(DeliveryFilter filter, boolean withWebhook) {
        StringBuilder rest = new StringBuilder();
        filter.type().ifPresent(type -> rest.append(" and type = ").append(add(type.toString())));
        filter.since().ifPresent(time -> rest.append(" and accepted_at >= ").append(add(time)));
        filter.until().ifPresent(time -> rest.append(" and accepted_at < ").append(add(time)));
        if (filter.eventId().isPresent()) {
            filter.playerUuid()
                    .ifPresent(uuid -> rest.append(" and player_uuid = ").append(add(uuid)));
        }
        if (withWebhook) {
            filter.webhookId().ifPresent(id -> rest.append(" and webhook_id = ").append(add(id)));
        }
        return rest.toString();
    }

    /** A page of rows that say in {@code end_event} up to where was looked, and how to place that. */
    static Found found(RowSet<Row> rows, Function<Row, long[]> end, Function<Row, long[]> place) {
        List<Listed> found = new ArrayList<>();
        Optional<long[]> last = Optional.empty();
        for (Row row : rows) {
            last = row.getUUID("end_event") == null ? Optional.empty() : Optional.of(end.apply(row));
            if (row.getUUID("event_id") != null) {
                found.add(new Listed(view(row), place.apply(row)));
            }
        }
        return new Found(found, last);
    }

    static DeliveryView view(Row row) {
        UUID eventId = row.getUUID("event_id");
        int webhookId = row.getInteger("webhook_id");
        String type = row.getString("type");
        return new DeliveryView(
                Delivery.id(eventId, webhookId),
                eventId,
                type,
                EventType.isOperational(type) ? null : row.getString("player_uuid"),
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
}
