package io.playhook.delivery.lane;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.playhook.delivery.Delivery;

/**
 * The deliveries that this pod holds, and how much memory they take. Thread-safe.
 *
 * <p>A delivery may be leased once more while the pod still holds it: its lease has ended, or it has just been recorded or
 * given back and not let go of yet. What was leased so late must not be lost: it comes out when the first is let go of.
 */
final class HeldDeliveries {

    /** A delivery, and the later lease of the same that waits for it to be let go of; null if there is none. */
    private record Held(Delivery delivery, Delivery later) {}

    private final Map<UUID, Held> held = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();

    /** Holds a delivery; false if the pod holds it already. */
    boolean hold(Delivery delivery) {
        Held now = held.compute(
                delivery.id(),
                (id, before) -> before == null ? new Held(delivery, null) : new Held(before.delivery(), delivery));
        boolean fresh = now.delivery() == delivery;
        if (fresh) {
            bytes.addAndGet(delivery.size());
        }
        return fresh;
    }

    /** Lets go of a delivery, and gives what was leased of it meanwhile: that is to be given back. */
    Optional<Delivery> release(Delivery delivery) {
        Held before = held.remove(delivery.id());
        bytes.addAndGet(-delivery.size());
        return Optional.ofNullable(before).map(Held::later);
    }

    long bytes() {
        return bytes.get();
    }

    boolean isEmpty() {
        return held.isEmpty();
    }
}
