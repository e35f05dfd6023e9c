package io.playhook.delivery;

import java.time.Duration;

/** What becomes of a delivery after an attempt. */
public sealed interface NextStep {

    /** It is over; {@code reason} is null where it was delivered. */
    record Settle(DeliveryStatus status, String reason) implements NextStep {}

    /** It waits for another attempt, for so long from the end of this one. */
    record Retry(Duration delay) implements NextStep {}

    /** The receiver is gone: the webhook is disabled, and with it all its open deliveries are canceled. */
    record Disable(String reason) implements NextStep {}
}
