package io.playhook.history;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known of a delivery at one moment, as far as it says why the delivery is as it is.
 *
 * @param now the database's time
 * @param attemptsAllowed how many attempts it gets unless somebody retries it by hand
 * @param lastReason why the last attempt failed
 * @param lastStatusCode what the receiver answered to the last attempt
 * @param webhookStatus where its webhook stands
 * @param webhookReason why its webhook is disabled
 * @param circuitState its webhook's circuit
 * @param circuitOpenUntil when that is probed; empty while it is held open by hand
 * @param open empty where it is settled
 */
record DeliveryFacts(
        Instant now,
        int attemptsAllowed,
        Optional<String> lastReason,
        Optional<Integer> lastStatusCode,
        String webhookStatus,
        Optional<String> webhookReason,
        String circuitState,
        Optional<Instant> circuitOpenUntil,
        int maxConcurrency,
        Optional<Double> rateLimit,
        Optional<Open> open) {

    /**
     * A delivery that is open.
     *
     * @param isHeld whether a pod has it
     * @param before how many of its webhook go out before it: those that pods have, and those that are due
     * @param dueAt empty where it waits for its turn behind another of its player
     * @param behind the event that it waits for
     * @param replay what sends it again, where it has not done so yet
     */
    record Open(boolean isHeld, int before, Optional<Instant> dueAt, Optional<UUID> behind, Optional<Integer> replay) {}
}
