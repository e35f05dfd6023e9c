package io.playhook.replay;

import java.time.Instant;
import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.platform.table.Column;

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
        @Schema(nullable = true) Instant finishedAt) {

    /** What a table shows of it. */
    static final List<Column<ReplayView>> COLUMNS = List.of(
            Column.text("replay_id", ReplayView::replayId),
            Column.text("webhook_id", ReplayView::webhookId),
            Column.text("status", ReplayView::status),
            Column.time("since", ReplayView::since),
            Column.time("until", ReplayView::until),
            Column.number("total", ReplayView::total),
            Column.number("sent", ReplayView::sent),
            Column.time("created_at", ReplayView::createdAt),
            Column.time("finished_at", ReplayView::finishedAt));
}
