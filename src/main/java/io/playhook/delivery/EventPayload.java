package io.playhook.delivery;

import java.time.Instant;
import java.util.UUID;

/**
 * What a receiver gets to know of an event.
 *
 * @param type one of the six event names
 * @param player the JSON object as it was published
 * @param occurredAt in microseconds at the finest, as PostgreSQL keeps it
 * @param traceParent the publisher's W3C trace context; null if it sent none
 */
public record EventPayload(
        UUID id, int organizationId, String type, String player, Instant occurredAt, String traceParent) {}
