package io.playhook.delivery.queue;

import java.util.UUID;

import io.vertx.mutiny.sqlclient.Row;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;

/**
 * A row that a claim has leased.
 *
 * @param more whether its webhook has more deliveries due
 * @param delivery null where its event is not kept any more
 */
record LeasedRow(UUID eventId, int webhookId, boolean more, Delivery delivery) {

    /**
     * Reads a row of the claim's answer.
     *
     * @param askedAt when the claim was sent, by this pod's ticker
     */
    static LeasedRow of(Row row, long askedAt) {
        return new LeasedRow(
                row.getUUID("event_id"),
                row.getInteger("webhook_id"),
                row.getBoolean("more"),
                row.getBoolean("has_event") ? delivery(row, askedAt) : null);
    }

    private static Delivery delivery(Row row, long askedAt) {
        EventPayload event = new EventPayload(
                row.getUUID("event_id"),
                row.getInteger("organization_id"),
                row.getString("type"),
                row.getString("player"),
                row.getOffsetDateTime("occurred_at").toInstant(),
                row.getString("trace_parent"));
        return new Delivery(
                event,
                row.getInteger("webhook_id"),
                row.getInteger("version"),
                row.getInteger("attempts"),
                row.getUUID("probe_id"),
                row.getBoolean("troubled"),
                row.getString("turn_of"),
                new Lease(row.getOffsetDateTime("leased_until"), askedAt));
    }
}
