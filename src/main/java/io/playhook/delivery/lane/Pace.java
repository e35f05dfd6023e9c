package io.playhook.delivery.lane;

import java.time.Duration;

/** Spaces the requests to one webhook evenly, so that no second sees more than its rate limit. Not thread-safe. */
final class Pace {

    /** What a late timer may catch up. */
    private static final Duration CATCH_UP = Duration.ofMillis(5);

    private boolean begun;
    private long next;

    /**
     * How long to wait before the next request may go out; zero for now.
     *
     * @param now by a {@link io.playhook.platform.Ticker}
     */
    Duration untilNext(long now) {
        return begun && next - now > 0 ? Duration.ofNanos(next - now) : Duration.ZERO;
    }

    /** Notes that a request goes out. */
    void sent(long now, double perSecond) {
        long earliest = now - CATCH_UP.toNanos();
        long from = begun && next - earliest > 0 ? next : earliest;
        begun = true;
        next = from + Math.round(1e9 / perSecond);
    }
}
