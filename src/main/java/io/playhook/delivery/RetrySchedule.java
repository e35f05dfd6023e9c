package io.playhook.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

import io.playhook.delivery.AttemptOutcome.Delivered;
import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.AttemptOutcome.Gone;
import io.playhook.delivery.AttemptOutcome.Rejected;
import io.playhook.delivery.NextStep.Disable;
import io.playhook.delivery.NextStep.Retry;
import io.playhook.delivery.NextStep.Settle;

/**
 * When a failed delivery is tried again. Pure: what it says depends on its arguments alone.
 *
 * @param delays the delay before the first retry, the second, and so on
 */
public record RetrySchedule(List<Duration> delays) {

    /** However long a receiver asks us to stay away, we come back after this. */
    static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

    private static final double JITTER = 0.1;

    /**
     * What follows from an attempt.
     *
     * @param attempt the attempt's number, from 1
     */
    public NextStep after(int attempt, AttemptOutcome outcome, RandomGenerator random) {
        if (outcome instanceof Delivered) {
            return new Settle(DeliveryStatus.DELIVERED, null);
        }
        if (outcome instanceof Gone gone) {
            return new Disable(gone.reason().orElseThrow());
        }
        if (outcome instanceof Forbidden forbidden) {
            return new Settle(DeliveryStatus.FAILED, forbidden.why());
        }
        return attempt > delays.size()
                ? new Settle(DeliveryStatus.FAILED, exhausted(attempt, outcome))
                : new Retry(delay(attempt, outcome, random));
    }

    private Duration delay(int attempt, AttemptOutcome outcome, RandomGenerator random) {
        Duration planned = jittered(delays.get(attempt - 1), random);
        Duration asked = retryAfter(outcome).orElse(Duration.ZERO);
        Duration granted = asked.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : asked;
        return granted.compareTo(planned) > 0 ? granted : planned;
    }

    private static Duration jittered(Duration delay, RandomGenerator random) {
        double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
        return Duration.ofMillis(Math.round(delay.toMillis() * factor));
    }

    private static Optional<Duration> retryAfter(AttemptOutcome outcome) {
        return outcome instanceof Rejected rejected ? rejected.retryAfter() : Optional.empty();
    }

    private static String exhausted(int attempt, AttemptOutcome outcome) {
        String last = outcome.reason().orElse("");
        return attempt == 1 ? last : "all %d attempts failed, the last: %s".formatted(attempt, last);
    }
}
