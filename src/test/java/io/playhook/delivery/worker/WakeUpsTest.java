package io.playhook.delivery.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Rounds that end when the test says so, and timers that go off when it says so. */
class WakeUpsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private record Timer(Duration delay, Runnable task) {}

    private final List<UniEmitter<? super Boolean>> rounds = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final WakeUps wakeUps =
            new WakeUps(() -> Uni.createFrom().emitter(rounds::add), this::timer, PATIENCE, Duration.ofMillis(500));

    @Test
    void makesOneRoundAtATimeAndOneMoreForAllThatAskedMeanwhile() {
        wakeUps.now();
        wakeUps.now();
        wakeUps.now();
        assertThat(rounds).hasSize(1);
        rounds.get(0).complete(false);
        assertThat(rounds).hasSize(2);
        rounds.get(1).complete(false);
        assertThat(rounds).hasSize(2);
    }

    @Test
    void makesAnotherRoundWhereOneLeftSomething() {
        wakeUps.now();
        rounds.get(0).complete(true);
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
        timers.get(0).task().run();
        assertThat(timers.get(0).delay()).isEqualTo(PATIENCE);
        assertThat(rounds).hasSize(2);
        // The late end of the first changes nothing about the second.
        rounds.get(0).complete(true);
        assertThat(rounds).hasSize(2);
        rounds.get(1).complete(true);
        assertThat(rounds).hasSize(3);
    }

    @Test
    void leavesWhatIsFarOffToTheSteadyRounds() {
        wakeUps.in(Duration.ofSeconds(1));
        assertThat(timers).isEmpty();
        wakeUps.in(Duration.ofMillis(100));
        timers.get(0).task().run();
        assertThat(rounds).hasSize(1);
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
                PATIENCE,
                Duration.ofMillis(500));
        throwing.now();
        throwing.now();
        assertThat(thrown).hasSize(2);
    }

    private Runnable timer(Duration delay, Runnable task) {
        Timer timer = new Timer(delay, task);
        timers.add(timer);
        return () -> {};
    }
}
