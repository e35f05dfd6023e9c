package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.playhook.delivery.Delivery;
import io.playhook.webhook.Settings;

/**
 * What a lane holds, and how much it may, in number and in bytes: no more than its receiver takes in time, as far as is
 * known. Thread-safe.
 */
final class Room {

    /**
     * What a lane may hold: this part of what is still free. So a single one gets a ninth of all, and however many there
     * are, they leave some of it to the next.
     */
    private static final int PART_OF_FREE_BYTES = 8;

    /** What a lane may hold even where others have taken all there is. */
    private static final int GUARANTEED_BYTES = 64 * 1024;

    private static final int FIRST_GUESS_OF_SIZE = 16 * 1024;

    private static final Duration FIRST_GUESS_OF_TIME = Duration.ofMillis(400);

    /** What waits for a rate limit: as much as goes out in this time. */
    private static final double PACED_SECONDS = 2;

    /** What waits for a receiver: as much as it takes in this time. Less than a lease, or it would be given back. */
    private static final Duration WORTH_HOLDING = Duration.ofSeconds(10);

    /** How much of what the receiver's usual time is said to be comes from the last attempt: one part in so many. */
    private static final int INERTIA = 8;

    private final int heldPerWebhook;

    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger replayed = new AtomicInteger();
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile int usualSize = FIRST_GUESS_OF_SIZE;
    private volatile long usualNanos;

    /** @param most how many deliveries at most */
    Room(int most) {
        this.heldPerWebhook = most;
    }

    int held() {
        return held.get();
    }

    void take(List<Delivery> deliveries) {
        int bytes = deliveries.stream().mapToInt(Delivery::size).sum();
        held.addAndGet(deliveries.size());
        replayed.addAndGet(
                (int) deliveries.stream().filter(Delivery::isReplayed).count());
        heldBytes.addAndGet(bytes);
        usualSize = Math.max(1, (usualSize + bytes / deliveries.size()) / 2);
    }

    void leave(Delivery delivery) {
        held.decrementAndGet();
        if (delivery.isReplayed()) {
            replayed.decrementAndGet();
        }
        heldBytes.addAndGet(-delivery.size());
    }

    /** An attempt took so long. */
    void took(long nanos) {
        usualNanos = usualNanos == 0 ? nanos : usualNanos + (nanos - usualNanos) / INERTIA;
    }

    /**
     * How many deliveries may be held.
     *
     * @param concurrency this pod's share of the requests in flight
     * @param rate its share of the requests a second; infinite where there is no limit
     */
    int capacity(Settings settings, int concurrency, double rate) {
        if (concurrency == 0) {
            return 0;
        }
        // An update that waits here can't give way to a newer one any more.
        int most = settings.coalesce().isZero() ? Math.min(heldPerWebhook, worthHolding(concurrency)) : concurrency;
        return (int) Math.min(most, Math.ceil(rate * PACED_SECONDS));
    }

    private int worthHolding(int concurrency) {
        long each = usualNanos == 0 ? FIRST_GUESS_OF_TIME.toNanos() : usualNanos;
        return (int) Math.min(Integer.MAX_VALUE, concurrency * Math.max(1, WORTH_HOLDING.toNanos() / each));
    }

    /**
     * How many more deliveries may be taken on. Those that a replay sends again take nobody's place: a replay sees to it itself
     * that there are few.
     *
     * @param capacity how many may be held
     * @param freeBytes what all lanes together may still take on
     */
    int left(int capacity, long freeBytes) {
        int count = held.get();
        long most = Math.max(GUARANTEED_BYTES, freeBytes / PART_OF_FREE_BYTES);
        long bytesLeft = most - heldBytes.get();
        int left = capacity - (count - replayed.get());
        if (bytesLeft <= 0) {
            return count == 0 ? Math.min(1, left) : 0;
        }
        return (int) Math.min(left, Math.max(1, bytesLeft / usualSize));
    }
}
