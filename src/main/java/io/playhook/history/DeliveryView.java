package io.playhook.history;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.platform.table.Column;

/**
 * A delivery as the API shows it.
 *
 * @param playerUuid null of an operational event
 * @param reason why it was not delivered; null while it waits, and where it was
 * @param nextAttemptAt null where it is settled, is on its way, or waits for something that has no time
 * @param why what holds it back now, or what settled it; by itself only
 * @param attempts every request made for it; by itself only
 */
@Schema(
        name = "Delivery",
        requiredProperties = {
            "delivery_id",
            "event_id",
            "type",
            "player_uuid",
            "webhook_id",
            "organization_id",
            "status",
            "reason",
            "attempts_made",
            "next_attempt_at",
            "accepted_at",
            "settled_at"
        })
public record DeliveryView(
        UUID deliveryId,
        UUID eventId,
        String type,
        @Schema(nullable = true) String playerUuid,
        @Schema(minimum = "1") int webhookId,
        @Schema(minimum = "1") int organizationId,

        @Schema(enumeration = {"waiting", "delivered", "failed", "canceled", "superseded"})
        String status,

        @Schema(nullable = true) String reason,
        @Schema(minimum = "0") int attemptsMade,
        @Schema(nullable = true) Instant nextAttemptAt,
        Instant acceptedAt,
        @Schema(nullable = true) Instant settledAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) String why,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<AttemptView> attempts) {

    /** What a table shows of it. */
    static final List<Column<DeliveryView>> COLUMNS = List.of(
            Column.text("delivery_id", DeliveryView::deliveryId),
            Column.text("event_id", DeliveryView::eventId),
            Column.text("type", DeliveryView::type),
            Column.text("player_uuid", DeliveryView::playerUuid),
            Column.text("webhook_id", DeliveryView::webhookId),
            Column.text("organization_id", DeliveryView::organizationId),
            Column.text("status", DeliveryView::status),
            Column.text("reason", DeliveryView::reason),
            Column.number("attempts_made", DeliveryView::attemptsMade),
            Column.time("next_attempt_at", DeliveryView::nextAttemptAt),
            Column.time("accepted_at", DeliveryView::acceptedAt),
            Column.time("settled_at", DeliveryView::settledAt));

    /**
     * A request that was made.
     *
     * @param statusCode null if there was no answer
     * @param responseBody the first 4 KiB, as text; null if there was none
     */
    @Schema(
            name = "Attempt",
            requiredProperties = {
                "number",
                "started_at",
                "duration_ms",
                "outcome",
                "status_code",
                "reason",
                "response_body"
            })
    public record AttemptView(
            @Schema(minimum = "1") int number,
            Instant startedAt,
            int durationMs,

            @Schema(enumeration = {"delivered", "rejected", "gone", "timed_out", "unreachable", "forbidden"})
            String outcome,

            @Schema(nullable = true) Integer statusCode,
            @Schema(nullable = true) String reason,
            @Schema(nullable = true) String responseBody) {}

    /** The same, by itself. */
    DeliveryView with(String why, List<AttemptView> attempts) {
        return new DeliveryView(
                deliveryId,
                eventId,
                type,
                playerUuid,
                webhookId,
                organizationId,
                status,
                reason,
                attemptsMade,
                nextAttemptAt,
                acceptedAt,
                settledAt,
                why,
                attempts);
    }
}
