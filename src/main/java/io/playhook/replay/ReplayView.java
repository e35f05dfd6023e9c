package io.playhook.replay;

import java.time.Instant;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A replay, as the API shows it.
 *
 * @param total how many deliveries it sends; null while they are counted
 * @param sent how many of them went out so far: each was tried once, at the least
 * @param finishedAt when it was done or canceled
 */
@Schema(
        name = "Replay",
        requiredProperties = {
            "replay_id",
            "webhook_id",
            "status",
            "since",
            "until",
            "total",
            "sent",
            "created_at",
            "finished_at"
        })
record ReplayView(
        @Schema(minimum = "1") int replayId,
        @Schema(minimum = "1") int webhookId,

        @Schema(enumeration = {"running", "done", "canceled"})
        String status,

        Instant since,
        Instant until,
        @Schema(minimum = "0", nullable = true) Integer total,
        @Schema(minimum = "0") int sent,
        Instant createdAt,
        @Schema(nullable = true) Instant finishedAt) {}
