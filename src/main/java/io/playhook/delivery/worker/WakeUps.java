package io.playhook.delivery.worker;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import io.smallrye.mutiny.Uni;

/**
 * Makes rounds when there is cause for one, and one at a time: any number of calls during a round make one more follow it. A
 * round that takes too long, since its connection hangs perhaps, is not waited for any more. Thread-safe.
 */
final class WakeUps {

    private final Supplier<Uni<Boolean>> round;
    private final BiFunction<Duration, Runnable, Runnable> timer;
    private final Duration patience;
    private final Duration horizon;

    /** The round under way, counted from 1; 0 for none. */
    private long current;

    private long count;
    private boolean again;

    /**
     * @param round makes a round; true if another is to follow at once. Where it fails, none does, whatever was asked for
     *     meanwhile: the next steady one tries again, at once would be a storm
     * @param timer runs a task after a while, and gives what prevents that
     * @param patience for how long a round is waited for
     * @param horizon what is later is left to the steady rounds
     */
    WakeUps(
            Supplier<Uni<Boolean>> round,
            BiFunction<Duration, Runnable, Runnable> timer,
            Duration patience,
            Duration horizon) {
        this.round = round;
        this.timer = timer;
        this.patience = patience;
        this.horizon = horizon;
    }

    /** Makes a round now, or once more when the one under way is over. */
    void now() {
        long mine;
        synchronized (this) {
            if (current != 0) {
                again = true;
                return;
            }
            again = false;
            mine = ++count;
            current = mine;
        }
        Runnable stopWaiting = timer.apply(patience, () -> over(mine, true));
        Uni.createFrom()
                .deferred(round::get)
                .onTermination()
                .invoke(stopWaiting)
                .subscribe()
                .with(more -> over(mine, more), fault -> failed(mine));
    }

    /** Makes a round after a while. */
    void in(Duration delay) {
        if (delay.isZero() || delay.isNegative()) {
            now();
        } else if (delay.compareTo(horizon) < 0) {
            timer.apply(delay.plusMillis(1), this::now);
        }
    }

    private void over(long which, boolean more) {
        synchronized (this) {
            if (current != which) {
                return;
            }
            current = 0;
            if (!more && !again) {
                return;
            }
        }
        now();
    }

    private synchronized void failed(long which) {
        if (current == which) {
            current = 0;
        }
    }
}
