package io.playhook.history;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.platform.table.Column;

/**
 * An event as the API shows it.
 *
 * @param player as it was published; null where it was erased, and of an operational event
 * @param webhook what an operational event tells of; null of one of a player
 * @param delivery the one that failed, where an operational event tells of that
 * @param deliveries by itself only
 */
@Schema(
        name = "Event",
        requiredProperties = {
            "event_id",
            "type",
            "occurred_at",
            "accepted_at",
            "organization_id",
            "player",
            "webhook",
            "delivery"
        })
public record EventView(
        UUID eventId,
        @Schema(ref = "EventType") String type,
        Instant occurredAt,
        Instant acceptedAt,
        @Schema(minimum = "1") int organizationId,
        @JsonRawValue @Schema(ref = "PlayerOrNull") String player,
        @JsonRawValue @Schema(ref = "WebhookOfEventOrNull") String webhook,
        @JsonRawValue @Schema(ref = "DeliveryOfEventOrNull") String delivery,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<DeliveryOfEvent> deliveries) {

    /** What a table shows of it. */
    static final List<Column<EventView>> COLUMNS = List.of(
            Column.text("event_id", EventView::eventId),
            Column.text("type", EventView::type),
            Column.time("occurred_at", EventView::occurredAt),
            Column.time("accepted_at", EventView::acceptedAt),
            Column.text("organization_id", EventView::organizationId));

    /** What became of it at one webhook. */
    @Schema(
            name = "DeliveryOfEvent",
            requiredProperties = {"delivery_id", "webhook_id", "status", "attempts_made"})
    public record DeliveryOfEvent(
            UUID deliveryId,
            @Schema(minimum = "1") int webhookId,

            @Schema(enumeration = {"waiting", "delivered", "failed", "canceled", "superseded"})
            String status,

            @Schema(minimum = "0") int attemptsMade) {}

    /** The same, by itself. */
    EventView with(List<DeliveryOfEvent> deliveries) {
        return new EventView(
                eventId, type, occurredAt, acceptedAt, organizationId, player, webhook, delivery, deliveries);
    }
}
