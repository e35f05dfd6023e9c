package io.playhook.delivery.lane;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** How lanes share the memory of their pod, where each takes whatever it may. */
class RoomTest {

    private static final long ALL = 16 * 1024 * 1024;
    private static final int MANY = 1_000_000;
    private static final Delivery DELIVERY = new Delivery(
            new EventPayload(UUID.randomUUID(), 1, "videofacade_update", "x".repeat(1_000), Instant.EPOCH, null),
            1,
            1,
            0,
            null,
            false,
            null,
            new Lease(OffsetDateTime.MAX, 0));

    private long free = ALL;

    @Test
    void oneLaneByItselfMayHoldANinthOfAll() {
        assertThat(fill(new Room(MANY))).isCloseTo(ALL / 9, within(ALL / 100));
    }

    @Test
    void lanesThatTakeAllTheyMayLeaveSomeToTheNext() {
        List<Room> greedy = Stream.generate(() -> new Room(MANY)).limit(32).toList();
        // Whoever came first had the pod to itself; it has to send some of that before others get their part.
        for (int i = 0; i < 100; i++) {
            greedy.forEach(room -> {
                empty(room, room.held() / 10);
                fill(room);
            });
        }

        assertThat(free).isGreaterThan(ALL / 6);
        assertThat(fill(new Room(MANY))).isGreaterThan(free / 10);
    }

    @Test
    void aLaneIsGuaranteedALittleWhereThereIsNothingLeft() {
        free = 0;

        assertThat(fill(new Room(MANY))).isCloseTo(64 * 1024L, within(2_000L));
    }

    private void empty(Room room, int deliveries) {
        for (int i = 0; i < deliveries; i++) {
            room.leave(DELIVERY);
            free += DELIVERY.size();
        }
    }

    /** Takes what there is room for; gives how many bytes that is. */
    private long fill(Room room) {
        long before = free;
        while (room.left(MANY, free) > 0) {
            room.take(List.of(DELIVERY));
            free -= DELIVERY.size();
        }
        return before - free;
    }
}
