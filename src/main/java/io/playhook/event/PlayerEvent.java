package io.playhook.event;

import java.time.Instant;
import java.util.UUID;

/**
 * An event that is about to be accepted.
 *
 * @param id a UUIDv7
 * @param player the JSON object as it was published
 * @param occurredAt in whole microseconds, as the database keeps it
 * @param traceParent the publisher's W3C trace context; null if it sent none
 */
record PlayerEvent(
        UUID id,
        int organizationId,
        String type,
        String playerUuid,
        String player,
        Instant occurredAt,
        String traceParent) {}
