package io.playhook.stats;

import java.time.Instant;
import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * How a webhook fared, as the API shows it: in whole hours, which contain what was asked for.
 *
 * @param deliveries by what became of them in that time; those that wait do so now
 * @param successRate of the deliveries that were delivered or failed, the part that was delivered; null where there are none
 * @param acceptedToDeliveredMs without what was replayed
 * @param hours each hour, the oldest first
 */
@Schema(
        name = "Stats",
        requiredProperties = {
            "since",
            "until",
            "deliveries",
            "success_rate",
            "attempt_ms",
            "accepted_to_delivered_ms",
            "hours"
        })
public record StatsView(
        Instant since,
        Instant until,
        Deliveries deliveries,

        @Schema(minimum = "0", maximum = "1", nullable = true)
        Double successRate,

        Percentiles attemptMs,
        Percentiles acceptedToDeliveredMs,
        List<Hour> hours) {

    /** @param waiting at most 100,000 are counted */
    @Schema(
            name = "StatsOfDeliveries",
            requiredProperties = {"delivered", "failed", "canceled", "superseded", "waiting"})
    public record Deliveries(long delivered, long failed, long canceled, long superseded, long waiting) {

        Double successRate() {
            return delivered + failed == 0 ? null : (double) delivered / (delivered + failed);
        }
    }

    /** In milliseconds; off by a sixteenth at most; null where nothing was measured. */
    @Schema(
            name = "Percentiles",
            requiredProperties = {"p50", "p95", "p99"})
    public record Percentiles(
            @Schema(nullable = true) Long p50,
            @Schema(nullable = true) Long p95,
            @Schema(nullable = true) Long p99) {

        static Percentiles of(Histogram histogram) {
            return new Percentiles(histogram.percentile(0.5), histogram.percentile(0.95), histogram.percentile(0.99));
        }
    }

    /** @param hour its beginning */
    @Schema(
            name = "StatsOfHour",
            requiredProperties = {"hour", "attempts", "delivered", "failed", "attempt_ms"})
    public record Hour(Instant hour, long attempts, long delivered, long failed, Percentiles attemptMs) {}
}
