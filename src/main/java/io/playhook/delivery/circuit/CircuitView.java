package io.playhook.delivery.circuit;

import java.time.Instant;
import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A circuit as the API shows it.
 *
 * @param since when it came into this state; null if it was never open
 * @param nextProbeAt when it will be tried whether the receiver has recovered; null unless the circuit is open, and while it is
 *     held open by hand
 * @param failures failed attempts since the last success, as far as they are noted: every ten seconds
 * @param history its last 50 changes, the newest first
 */
@Schema(
        name = "Circuit",
        requiredProperties = {"state", "since", "next_probe_at", "failures", "history"})
public record CircuitView(
        @Schema(enumeration = {"closed", "open", "half_open"})
        String state,

        @Schema(nullable = true) Instant since,
        @Schema(nullable = true) Instant nextProbeAt,
        int failures,
        List<Change> history) {

    static final CircuitView NEVER_OPEN = new CircuitView(CircuitState.CLOSED.toString(), null, null, 0, List.of());

    /** A change of its state. */
    @Schema(
            name = "CircuitChange",
            requiredProperties = {"state", "at", "reason"})
    public record Change(
            @Schema(enumeration = {"closed", "open", "half_open"})
            String state,

            Instant at,
            String reason) {}
}
