package io.playhook.sample;

import java.util.Map;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.delivery.AttemptOutcome;
import io.playhook.delivery.request.Trial;

/**
 * What became of a sample.
 *
 * @param outcome the same word as in a delivery's attempts
 * @param reason why it was not delivered, for people; null if it was
 * @param response null if there was no complete one
 */
@Schema(
        name = "Sample",
        requiredProperties = {"request", "outcome", "reason", "response", "duration_ms"})
public record SampleView(
        Request request,

        @Schema(enumeration = {"delivered", "rejected", "gone", "timed_out", "unreachable", "forbidden"})
        String outcome,

        @Schema(nullable = true) String reason,
        @Schema(nullable = true) Response response,
        long durationMs) {

    /** The request as it was sent, but for the security key, which is masked. */
    @Schema(
            name = "SampleRequest",
            requiredProperties = {"method", "url", "headers", "body"})
    public record Request(String method, String url, Map<String, String> headers, String body) {}

    /** The receiver's answer, of its body 4 KiB at most. */
    @Schema(
            name = "SampleResponse",
            requiredProperties = {"status", "headers", "body"})
    public record Response(int status, Map<String, String> headers, String body) {}

    static SampleView of(Trial trial) {
        AttemptOutcome outcome = trial.attempt().outcome();
        return new SampleView(
                new Request("POST", trial.url(), trial.headers(), trial.body()),
                outcome.label(),
                outcome.reason().orElse(null),
                trial.answer()
                        .map(answer -> new Response(answer.status(), answer.headers(), answer.body()))
                        .orElse(null),
                trial.attempt().duration().toMillis());
    }
}
