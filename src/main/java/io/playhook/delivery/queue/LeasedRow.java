package io.playhook.delivery.queue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;
import io.playhook.platform.database.Database;

/**
 * A row that a claim has leased.
 *
 * @param more whether its webhook has more deliveries due
 * @param turnOf the player's uuid, if it takes turns; else null
 * @param delivery null where its event is not kept any more, or its content was erased
 */
record LeasedRow(UUID eventId, int webhookId, boolean more, String turnOf, Delivery delivery) {

    /**
     * Reads a claim's answer, in which the content of an event stands in one of its rows.
     *
     * @param askedAt when the claim was sent, by this pod's ticker
     */
    static List<LeasedRow> of(RowSet<Row> rows, long askedAt) {
        Map<UUID, EventPayload> events = new HashMap<>();
        for (Row row : rows) {
            if (row.getBoolean("has_event")) {
                events.put(row.getUUID("event_id"), event(row));
            }
        }
        return Database.map(rows, row -> of(row, events.get(row.getUUID("event_id")), askedAt));
    }

    private static LeasedRow of(Row row, EventPayload event, long askedAt) {
        return new LeasedRow(
                row.getUUID("event_id"),
                row.getInteger("webhook_id"),
                row.getBoolean("more"),
                row.getString("turn_of"),
                event == null ? null : delivery(row, event, askedAt));
    }

    private static EventPayload event(Row row) {
        return new EventPayload(
                row.getUUID("event_id"),
                row.getInteger("organization_id"),
                row.getString("type"),
                row.getString("player"),
                row.getOffsetDateTime("occurred_at").toInstant(),
                row.getString("trace_parent"));
    }

    private static Delivery delivery(Row row, EventPayload event, long askedAt) {
        return new Delivery(
                event,
                row.getInteger("webhook_id"),
                row.getInteger("version"),
                row.getInteger("attempts"),
                row.getUUID("probe_id"),
                row.getBoolean("troubled"),
                row.getString("turn_of"),
                row.getInteger("replayed_after"),
                new Lease(row.getOffsetDateTime("leased_until"), askedAt));
    }
}
