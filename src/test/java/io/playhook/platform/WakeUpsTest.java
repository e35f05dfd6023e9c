package io.playhook.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import org.junit.jupiter.api.Test;

import io.playhook.platform.WakeUps.Seen;

import static org.assertj.core.api.Assertions.assertThat;

/** Rounds that end when the test says so, and timers that go off when it says so. */
class WakeUpsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final Duration A_LITTLE = Duration.ofMillis(1);

    private static final class Timer {
        private final Duration delay;
        private final Runnable task;
        private boolean prevented;

        private Timer(Duration delay, Runnable task) {
            this.delay = delay;
            this.task = task;
        }
    }

    private final List<UniEmitter<? super Seen>> rounds = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private long now;
    private final WakeUps wakeUps = new WakeUps(
            () -> Uni.createFrom().emitter(rounds::add), this::timer, () -> now, PATIENCE, SHORTEST, LONGEST);

    @Test
    void makesOneRoundAtATimeAndOneMoreForAllThatAskedMeanwhile() {
        wakeUps.now();
        wakeUps.now();
        wakeUps.now();
        assertThat(rounds).hasSize(1);
        rounds.get(0).complete(seen(false));
        assertThat(rounds).hasSize(2);
        rounds.get(1).complete(seen(false));
        assertThat(rounds).hasSize(2);
    }

    @Test
    void makesAnotherRoundWhereOneLeftSomething() {
        wakeUps.now();
        rounds.get(0).complete(seen(true));
        assertThat(rounds).hasSize(2);
    }

    @Test
    void doesNotStormADatabaseThatIsAway() {
        wakeUps.now();
        wakeUps.now();
        rounds.get(0).fail(new IllegalStateException());
        assertThat(rounds).hasSize(1);
        wakeUps.now();
        assertThat(rounds).hasSize(2);
    }

    @Test
    void doesNotWaitForEverForARoundWhoseConnectionHangs() {
        wakeUps.now();
        timers.get(0).task.run();
        assertThat(timers.get(0).delay).isEqualTo(PATIENCE);
        assertThat(rounds).hasSize(2);
        // The late end of the first changes nothing about the second.
        rounds.get(0).complete(seen(true));
        assertThat(rounds).hasSize(2);
        rounds.get(1).complete(seen(true));
        assertThat(rounds).hasSize(3);
    }

    @Test
    void leavesWhatIsFarOffToWhatRoundsSee() {
        wakeUps.in(LONGEST);
        assertThat(awaited()).isEmpty();
        wakeUps.in(Duration.ofMillis(100));
        assertThat(awaited()).containsExactly(Duration.ofMillis(101));
        timers.get(0).task.run();
        assertThat(rounds).hasSize(1);
    }

    @Test
    void looksAgainWhenTheNextComesDueAndSeldomWhereNothingDoes() {
        assertThat(pauseAfter(new Seen(false, Optional.of(Duration.ofMillis(1_200)))))
                .isEqualTo(Duration.ofMillis(1_200));
        assertThat(pauseAfter(new Seen(false, Optional.empty()))).isEqualTo(LONGEST);
        // What comes due soon after a round is done together with what follows it.
        assertThat(pauseAfter(new Seen(false, Optional.of(Duration.ofMillis(3)))))
                .isEqualTo(SHORTEST);
    }

    @Test
    void doesNotMissWhatComesDueBeforeTheNextRound() {
        wakeUps.now();
        rounds.get(0).complete(seen(false));
        assertThat(awaited()).containsExactly(LONGEST.plus(A_LITTLE));
        now += Duration.ofMillis(300).toNanos();

        // Recorded since: a retry in 700 ms, and one in a second.
        wakeUps.in(Duration.ofMillis(700));
        wakeUps.in(Duration.ofMillis(1_000));

        assertThat(awaited()).containsExactly(Duration.ofMillis(700).plus(A_LITTLE));
    }

    @Test
    void aRetryThatWasRecordedDuringARoundWhichDidNotSeeItIsNotForgotten() {
        wakeUps.now();
        wakeUps.in(Duration.ofMillis(700));
        rounds.get(0).complete(seen(false));

        assertThat(awaited()).containsExactly(Duration.ofMillis(700).plus(A_LITTLE));
    }

    @Test
    void looksAgainAfterARoundThatFailed() {
        wakeUps.now();
        rounds.get(0).fail(new IllegalStateException());

        assertThat(awaited()).containsExactly(SHORTEST.plus(A_LITTLE));
    }

    @Test
    void goesOnThoughARoundThrows() {
        List<Integer> thrown = new ArrayList<>();
        WakeUps throwing = new WakeUps(
                () -> {
                    thrown.add(1);
                    throw new IllegalStateException();
                },
                this::timer,
                () -> now,
                PATIENCE,
                SHORTEST,
                LONGEST);
        throwing.now();
        throwing.now();
        assertThat(thrown).hasSize(2);
    }

    private Duration pauseAfter(Seen seen) {
        wakeUps.now();
        rounds.get(rounds.size() - 1).complete(seen);
        Duration pause = awaited().get(0).minus(A_LITTLE);
        assertThat(awaited()).hasSize(1);
        return pause;
    }

    /** The pauses that are under way. */
    private List<Duration> awaited() {
        return timers.stream()
                .filter(timer -> !timer.prevented && !timer.delay.equals(PATIENCE))
                .map(timer -> timer.delay)
                .toList();
    }

    private static Seen seen(boolean more) {
        return new Seen(more, Optional.empty());
    }

    private Runnable timer(Duration delay, Runnable task) {
        Timer timer = new Timer(delay, task);
        timers.add(timer);
        return () -> timer.prevented = true;
    }
}
