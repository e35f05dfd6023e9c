package io.playhook.delivery.lane;

import io.playhook.delivery.DeliveryConfig;

/**
 * What this pod has memory for.
 *
 * @param heldBytes of payloads, for all lanes together
 * @param attemptsAtOnce for all lanes together; each lane may make one, whatever the others do
 */
record Budget(long heldBytes, int attemptsAtOnce) {

    private static final long MOST_HELD_BYTES = 64 * 1024 * 1024;
    private static final int HELD_PART_OF_HEAP = 8;

    /** A connection with its buffers, the request, the payload twice, and what waits for the record. */
    private static final int BYTES_OF_AN_ATTEMPT = 64 * 1024;

    /** @param heap in bytes */
    static Budget of(DeliveryConfig config, long heap) {
        return new Budget(
                config.heldBytes().orElse(Math.min(MOST_HELD_BYTES, heap / HELD_PART_OF_HEAP)),
                config.attemptsAtOnce().orElse((int) Math.min(Integer.MAX_VALUE, heap / BYTES_OF_AN_ATTEMPT)));
    }
}
