package io.playhook.delivery;

import java.util.UUID;

/**
 * One event on its way to one webhook, leased by this pod.
 *
 * @param webhookVersion the version of the webhook that the lease was taken with
 * @param attemptsMade how many attempts were made before
 * @param probeId which probe of a half-open circuit it is; null if it is none
 * @param troubled whether the webhook has a failure on record that no success has followed
 * @param turnOf the player whose deliveries to this webhook go one after the other; null where they don't
 * @param replayedAfter how many attempts were made before a replay sent it again; null where none did
 */
public record Delivery(
        EventPayload event,
        int webhookId,
        int webhookVersion,
        int attemptsMade,
        UUID probeId,
        boolean troubled,
        String turnOf,
        Integer replayedAfter,
        Lease lease) {

    /** One that no replay sends. */
    public Delivery(
            EventPayload event,
            int webhookId,
            int webhookVersion,
            int attemptsMade,
            UUID probeId,
            boolean troubled,
            String turnOf,
            Lease lease) {
        this(event, webhookId, webhookVersion, attemptsMade, probeId, troubled, turnOf, null, lease);
    }

    /**
     * The delivery's id: the event's, with the webhook's mixed into the last 32 bits. So nothing has to keep it; it is a
     * UUIDv7 of the event's time too, and an event's deliveries are neighbours.
     */
    public UUID id() {
        return id(event.id(), webhookId);
    }

    /** The id of the delivery of an event to a webhook. */
    public static UUID id(UUID eventId, int webhookId) {
        return new UUID(eventId.getMostSignificantBits(), eventId.getLeastSignificantBits() ^ webhookId);
    }

    /** The webhook that a delivery goes to, as its id says if it is one of that event. */
    public static int webhookId(UUID deliveryId, UUID eventId) {
        return (int) (deliveryId.getLeastSignificantBits() ^ eventId.getLeastSignificantBits());
    }

    /** The number of the attempt that comes next, from 1. */
    public int nextAttempt() {
        return attemptsMade + 1;
    }

    /** The number that an attempt has in the retry schedule, which begins anew with a replay; from 1. */
    public int inSchedule(int attempt) {
        return replayedAfter == null ? attempt : attempt - replayedAfter;
    }

    /** Whether a replay sends it again: others go first. */
    public boolean isReplayed() {
        return replayedAfter != null;
    }

    /** Whether another delivery may have to wait until this one is settled. */
    public boolean takesTurns() {
        return turnOf != null;
    }

    /** Whether it is the single probe of a half-open circuit. */
    public boolean isProbe() {
        return probeId != null;
    }

    /** Roughly how much memory it holds, in bytes. */
    public int size() {
        return event.length() + 200;
    }
}
