package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;

/** Spaces the requests to one webhook evenly, so that no second sees more than its rate limit. Not thread-safe. */
final class Pace {

    /** What a late timer may catch up. */
    private static final Duration CATCH_UP = Duration.ofMillis(5);

    private Instant next = Instant.EPOCH;

    /** How long to wait before the next request may go out; zero for now. */
    Duration untilNext(Instant now) {
        return next.isAfter(now) ? Duration.between(now, next) : Duration.ZERO;
    }

    /** Notes that a request goes out. */
    void sent(Instant now, double perSecond) {
        Instant earliest = now.minus(CATCH_UP);
        Instant from = next.isAfter(earliest) ? next : earliest;
        next = from.plusNanos(Math.round(1e9 / perSecond));
    }
}
