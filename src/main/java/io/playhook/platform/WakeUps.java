package io.playhook.platform;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import io.smallrye.mutiny.Uni;

/**
 * Makes rounds when there is cause for one, and one at a time: any number of calls during a round make one more follow it.
 * Where nobody calls, one is made when the last one saw that something comes due, within a shortest and a longest pause. A
 * round that takes too long, since its connection hangs perhaps, is not waited for any more. Thread-safe.
 */
public final class WakeUps {

    private final Supplier<Uni<Seen>> round;
    private final BiFunction<Duration, Runnable, Runnable> timer;
    private final Ticker ticker;
    private final Duration patience;
    private final Duration shortest;
    private final Duration longest;

    /** The round under way, counted from 1; 0 for none. */
    private long current;

    private long count;
    private boolean again;

    /** Prevents the round that is to come without a call; null for none. */
    private Runnable preventNext;

    private long nextAt;

    /**
     * What a round saw.
     *
     * @param more whether there is more to do already
     * @param next after how long there may be; empty if nothing is known to come
     */
    public record Seen(boolean more, Optional<Duration> next) {}

    /**
     * @param round makes a round. Where it fails, none follows at once, whatever was asked for meanwhile: that would be a
     *     storm
     * @param timer runs a task after a while, and gives what prevents that
     * @param patience for how long a round is waited for
     * @param shortest the pause before a round that nobody called for: what comes due meanwhile is done together
     * @param longest the pause where nothing is known to come due
     */
    public WakeUps(
            Supplier<Uni<Seen>> round,
            BiFunction<Duration, Runnable, Runnable> timer,
            Ticker ticker,
            Duration patience,
            Duration shortest,
            Duration longest) {
        this.round = round;
        this.timer = timer;
        this.ticker = ticker;
        this.patience = patience;
        this.shortest = shortest;
        this.longest = longest;
    }

    /** Makes a round now, or once more when the one under way is over. */
    public void now() {
        long mine;
        synchronized (this) {
            if (current != 0) {
                again = true;
                return;
            }
            again = false;
            mine = ++count;
            current = mine;
            // It sees what that one would have been for.
            forgetNext();
        }
        Runnable stopWaiting = timer.apply(patience, () -> over(mine, new Seen(true, Optional.empty())));
        Uni.createFrom()
                .deferred(round::get)
                .onTermination()
                .invoke(stopWaiting)
                .subscribe()
                .with(seen -> over(mine, seen), fault -> failed(mine));
    }

    /** Makes a round after a while, if there is none until then that nobody called for. */
    public void in(Duration delay) {
        if (delay.isZero() || delay.isNegative()) {
            now();
        } else if (delay.compareTo(shortest) < 0) {
            timer.apply(delay.plusMillis(1), this::now);
        } else if (delay.compareTo(longest) < 0) {
            noLaterThanIn(delay);
        }
    }

    private void over(long which, Seen seen) {
        synchronized (this) {
            if (current != which) {
                return;
            }
            current = 0;
            if (!seen.more() && !again) {
                noLaterThanIn(between(seen.next().orElse(longest)));
                return;
            }
        }
        now();
    }

    private synchronized void failed(long which) {
        if (current == which) {
            current = 0;
            noLaterThanIn(shortest);
        }
    }

    private synchronized void noLaterThanIn(Duration delay) {
        long at = ticker.nanos() + delay.toNanos();
        if (preventNext == null || at - nextAt < 0) {
            forgetNext();
            nextAt = at;
            // A timer that goes off a little early would find nothing.
            preventNext = timer.apply(delay.plusMillis(1), this::now);
        }
    }

    private void forgetNext() {
        if (preventNext != null) {
            preventNext.run();
            preventNext = null;
        }
    }

    private Duration between(Duration next) {
        return next.compareTo(shortest) < 0 ? shortest : next.compareTo(longest) > 0 ? longest : next;
    }
}
