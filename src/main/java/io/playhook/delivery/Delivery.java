package io.playhook.delivery;

import java.time.Instant;
import java.util.UUID;

/**
 * One event on its way to one webhook, leased by this pod.
 *
 * @param webhookVersion the version of the webhook that the lease was taken with
 * @param attemptsMade how many attempts were made before
 * @param probe whether it is the single probe of a half-open circuit
 * @param troubled whether the webhook has a failure on record that no success has followed
 * @param turnOf the player whose deliveries to this webhook go one after the other; null where they don't
 * @param leasedUntil from then on another pod may take it
 */
public record Delivery(
        UUID id,
        EventPayload event,
        int webhookId,
        int webhookVersion,
        int attemptsMade,
        boolean probe,
        boolean troubled,
        String turnOf,
        Instant leasedUntil) {

    /** The number of the attempt that comes next, from 1. */
    int nextAttempt() {
        return attemptsMade + 1;
    }

    /** Whether another delivery may have to wait until this one is settled. */
    boolean takesTurns() {
        return turnOf != null;
    }

    /** Roughly how much memory it holds, in bytes. */
    int size() {
        return event.player().length() + 200;
    }
}
