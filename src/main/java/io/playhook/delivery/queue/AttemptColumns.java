package io.playhook.delivery.queue;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Attempt;
import io.playhook.delivery.AttemptOutcome;
import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.DeliveryStatus;
import io.playhook.delivery.NextStep;
import io.playhook.delivery.NextStep.Disable;
import io.playhook.delivery.NextStep.Retry;
import io.playhook.delivery.NextStep.Settle;

/** Completed attempts turned into columns, one array for each. */
final class AttemptColumns {

    private AttemptColumns() {}

    /**
     * The columns.
     *
     * @param now by this pod's {@link io.playhook.platform.Ticker}: what a delivery has waited for its recording already
     *     is taken off the wait for its retry
     */
    static Tuple of(List<CompletedAttempt> completed, long now) {
        int n = completed.size();
        UUID[] events = new UUID[n];
        Integer[] webhooks = new Integer[n];
        Integer[] numbers = new Integer[n];
        OffsetDateTime[] startedAt = new OffsetDateTime[n];
        Integer[] durations = new Integer[n];
        String[] outcomes = new String[n];
        Integer[] statusCodes = new Integer[n];
        String[] reasons = new String[n];
        Buffer[] bodies = new Buffer[n];
        String[] statuses = new String[n];
        String[] statusReasons = new String[n];
        Long[] retryAfter = new Long[n];
        for (int i = 0; i < n; i++) {
            Attempt attempt = completed.get(i).attempt();
            AttemptOutcome outcome = attempt.outcome();
            NextStep next = completed.get(i).nextStep();
            events[i] = completed.get(i).delivery().event().id();
            webhooks[i] = completed.get(i).delivery().webhookId();
            numbers[i] = attempt.number();
            startedAt[i] = utc(attempt.startedAt());
            durations[i] = (int) attempt.duration().toMillis();
            outcomes[i] = outcome.label();
            statusCodes[i] = outcome.statusCode().orElse(null);
            reasons[i] = outcome.reason().orElse(null);
            bodies[i] = attempt.responseBody().length == 0 ? null : Buffer.buffer(attempt.responseBody());
            statuses[i] = status(next);
            statusReasons[i] = statusReason(next);
            retryAfter[i] = next instanceof Retry retry
                    ? remaining(retry, now - completed.get(i).endedAt())
                    : null;
        }
        return Tuple.tuple()
                .addValue(events)
                .addValue(webhooks)
                .addValue(numbers)
                .addValue(startedAt)
                .addValue(durations)
                .addValue(outcomes)
                .addValue(statusCodes)
                .addValue(reasons)
                .addValue(bodies)
                .addValue(statuses)
                .addValue(statusReasons)
                .addValue(retryAfter);
    }

    private static String status(NextStep next) {
        if (next instanceof Settle settle) {
            return settle.status().toString();
        }
        return next instanceof Disable ? DeliveryStatus.CANCELED.toString() : null;
    }

    private static String statusReason(NextStep next) {
        if (next instanceof Settle settle) {
            return settle.reason();
        }
        return next instanceof Disable disable ? disable.reason() : null;
    }

    /** In microseconds, as the database counts. */
    private static long remaining(Retry retry, long waited) {
        return Math.max(0, retry.delay().toNanos() - waited) / 1_000;
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
