package io.playhook.delivery.circuit;

import java.time.Duration;

/**
 * Gathers a webhook's failures since its last success, so that a receiver that fails now and then at a high rate costs
 * two small statements in ten seconds and not two for each attempt. Thread-safe.
 */
public final class FailureStreak {

    private static final Duration NOTE_EVERY = Duration.ofSeconds(10);

    private int unnoted;
    private boolean noted;
    private long notedAt;

    /**
     * Adds a failure and gives how many are to be noted in the database now; 0 for none yet.
     *
     * @param now by a {@link io.playhook.platform.Ticker}
     */
    public synchronized int failed(long now) {
        unnoted++;
        if (noted && now - notedAt < NOTE_EVERY.toNanos()) {
            return 0;
        }
        noted = true;
        int toNote = unnoted;
        unnoted = 0;
        notedAt = now;
        return toNote;
    }

    /** Ends the streak. */
    public synchronized void succeeded() {
        unnoted = 0;
    }
}
