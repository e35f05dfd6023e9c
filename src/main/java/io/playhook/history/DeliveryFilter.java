package io.playhook.history;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import io.playhook.platform.http.Listing;
import io.playhook.webhook.EventType;

/** Which deliveries are asked for; all that is there must hold. */
record DeliveryFilter(
        Optional<Integer> webhookId,
        Optional<UUID> eventId,
        Optional<String> playerUuid,
        Optional<Status> status,
        Optional<EventType> type,
        Optional<Instant> since,
        Optional<Instant> until) {

    static final int MAX_PLAYER_UUID = 64;

    /** Where a delivery stands. */
    enum Status {
        WAITING,
        DELIVERED,
        FAILED,
        CANCELED,
        SUPERSEDED;

        static final String ALL = Arrays.stream(values()).map(Status::toString).collect(Collectors.joining(", "));

        static Optional<Status> of(String spelling) {
            return Arrays.stream(values())
                    .filter(status -> status.toString().equals(spelling))
                    .findFirst();
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static DeliveryFilter read(Listing listing) {
        return new DeliveryFilter(
                listing.number("webhook_id"),
                listing.uuid("event_id"),
                listing.text("player_uuid", MAX_PLAYER_UUID),
                listing.oneOf("status", Status::of, Status.ALL),
                listing.oneOf("type", EventType::of, EventType.ALL),
                listing.time("since"),
                listing.time("until"));
    }

    /** Whether it is all deliveries of one player, whatever the event: those are found by their events. */
    boolean isOfPlayer() {
        return playerUuid.isPresent() && eventId.isEmpty();
    }
}
