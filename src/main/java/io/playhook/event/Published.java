package io.playhook.event;

import java.util.UUID;

/**
 * The answer for one published event.
 *
 * @param eventId the event's id; under an idempotency key used before, the first event's
 * @param deliveries how many deliveries this request has queued
 * @param isDuplicate whether the key was used before
 */
record Published(UUID eventId, int deliveries, boolean isDuplicate) {

    /** In JSON; nothing in it needs escaping. */
    String json() {
        return "{\"event_id\":\"" + eventId + "\",\"deliveries\":" + deliveries
                + (isDuplicate ? ",\"duplicate\":true}" : "}");
    }
}
