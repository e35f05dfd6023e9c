package io.playhook.webhook;

import java.time.Instant;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonRawValue;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.platform.table.Column;

/** A webhook as the API shows it: never its security key. */
@Schema(
        requiredProperties = {
            "webhook_id",
            "organization_id",
            "url",
            "event_subscriptions",
            "settings",
            "status",
            "status_reason",
            "circuit",
            "created_at",
            "updated_at"
        })
public record WebhookView(
        @Schema(minimum = "1") int webhookId,
        @Schema(minimum = "1") int organizationId,
        String url,
        List<String> eventSubscriptions,
        @JsonRawValue @Schema(ref = "SettingsOrNull") String settings,

        @Schema(enumeration = {"active", "paused", "disabled"})
        String status,

        @Schema(nullable = true) String statusReason,
        Circuit circuit,
        Instant createdAt,
        Instant updatedAt) {

    /** What a table shows of it. */
    static final List<Column<WebhookView>> COLUMNS = List.of(
            Column.text("webhook_id", WebhookView::webhookId),
            Column.text("organization_id", WebhookView::organizationId),
            Column.text("url", WebhookView::url),
            Column.words("event_subscriptions", WebhookView::eventSubscriptions),
            Column.text("status", WebhookView::status),
            Column.text("status_reason", WebhookView::statusReason),
            Column.text("circuit_state", webhook -> webhook.circuit().state()),
            Column.time("created_at", WebhookView::createdAt),
            Column.time("updated_at", WebhookView::updatedAt));

    /**
     * The webhook's circuit.
     *
     * @param since when it came into this state; null if it was never open
     * @param nextProbeAt when it will be tried whether the receiver has recovered; null unless the circuit is open, and while
     *     it is held open
     */
    @Schema(
            name = "CircuitOfWebhook",
            requiredProperties = {"state", "since", "next_probe_at"})
    public record Circuit(
            @Schema(enumeration = {"closed", "open", "half_open"})
            String state,

            @Schema(nullable = true) Instant since,
            @Schema(nullable = true) Instant nextProbeAt) {}
}
