package io.playhook.delivery.lane;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;

import static org.assertj.core.api.Assertions.assertThat;

class HeldDeliveriesTest {

    private static final EventPayload EVENT =
            new EventPayload(UUID.randomUUID(), 1, "videofacade_update", "{}", Instant.EPOCH, null);

    private final HeldDeliveries held = new HeldDeliveries();
    private final UUID id = UUID.randomUUID();
    private final Delivery first = leasedUntil(1);

    @Test
    void holdsADeliveryOnce() {
        assertThat(held.hold(first)).isTrue();
        assertThat(held.hold(leasedUntil(2))).isFalse();
        assertThat(held.bytes()).isEqualTo(first.size());
    }

    @Test
    void givesOutWhatWasLeasedWhileItWasHeld() {
        Delivery second = leasedUntil(2);
        Delivery third = leasedUntil(3);
        held.hold(first);
        held.hold(second);
        held.hold(third);
        // The later lease ended the one before it.
        assertThat(held.release(first)).contains(third);
        assertThat(held.isEmpty()).isTrue();
        assertThat(held.bytes()).isZero();
    }

    @Test
    void givesOutNothingWhereThereWasNoOtherLease() {
        held.hold(first);
        assertThat(held.release(first)).isEmpty();
        assertThat(held.hold(leasedUntil(2))).isTrue();
    }

    private Delivery leasedUntil(long second) {
        return new Delivery(
                EVENT,
                1,
                1,
                0,
                null,
                false,
                null,
                new Lease(OffsetDateTime.ofInstant(Instant.ofEpochSecond(second), ZoneOffset.UTC), 0));
    }
}
