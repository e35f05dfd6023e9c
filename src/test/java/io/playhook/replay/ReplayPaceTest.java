package io.playhook.replay;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.playhook.replay.Replay.Circumstances;
import io.playhook.replay.Replay.Place;
import io.playhook.replay.Replay.Progress;
import io.playhook.replay.Replay.Stage;
import io.playhook.replay.Replay.Step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** How much of a replay is opened when. */
class ReplayPaceTest {

    private static final UUID FIRST = new UUID(0, 1);
    private static final UUID REACHED = new UUID(0, 5);
    private static final UUID LAST = new UUID(0, 9);
    private static final OffsetDateTime NOW = OffsetDateTime.of(2026, 1, 31, 12, 0, 0, 0, ZoneOffset.UTC);

    private Stage stage = Stage.SETTLED;
    private Optional<Integer> total = Optional.of(100);
    private int opened;
    private double idle = 60;
    private String webhookStatus = "active";
    private int maxConcurrency = 20;
    private boolean ordered;
    private OptionalDouble webhookRate = OptionalDouble.empty();
    private OptionalDouble rate = OptionalDouble.empty();
    private boolean isFinal = true;
    private int untried;
    private boolean isForMissing;
    private int feedOf = 1;
    private Optional<Integer> nextFeedOf = Optional.empty();

    @Test
    void countsAllBeforeItOpensAny() {
        total = Optional.empty();
        webhookStatus = "paused";
        assertThat(replay().wanted()).isEqualTo(ReplayStore.LOOKED_AT);

        Step further = replay().after(found(700, false));
        assertThat(further.opened()).isZero();
        assertThat(further.replay().opened()).isEqualTo(700);
        assertThat(further.replay().place().afterEvent()).isEqualTo(REACHED);
        assertThat(further.replay().stage()).isEqualTo(Stage.SETTLED);

        assertThat(replay().after(found(1, true)).replay().stage()).isEqualTo(Stage.END);
        isForMissing = true;
        assertThat(replay().after(found(1, true)).replay().stage()).isEqualTo(Stage.MISSING);

        stage = Stage.END;
        assertThat(replay().after(Progress.NONE).replay().status())
                .as("there is nothing")
                .isEqualTo("done");
        opened = 701;
        Replay counted = replay().after(Progress.NONE).replay();
        assertThat(counted.total()).contains(701);
        assertThat(counted.opened()).isZero();
        assertThat(counted.stage()).isEqualTo(Stage.SETTLED);
        assertThat(counted.place().afterEvent()).isEqualTo(FIRST);
        assertThat(counted.place().afterTx()).isEqualTo("3");
    }

    @Test
    void opensAsManyAsTheReceiverTakesAtOnceOnceHalfOfThemAreThrough() {
        assertThat(replay().wanted()).isEqualTo(20);
        untried = 11;
        assertThat(replay().wanted()).isZero();
        untried = 10;
        assertThat(replay().wanted()).isEqualTo(10);
        maxConcurrency = 1;
        untried = 0;
        assertThat(replay().wanted()).isEqualTo(2);
        ordered = true;
        maxConcurrency = 50;
        assertThat(replay().wanted()).isEqualTo(1);
        untried = 1;
        assertThat(replay().wanted()).isZero();
        webhookStatus = "paused";
        untried = 0;
        assertThat(replay().wanted()).isZero();
    }

    @Test
    void keepsToItsRateAndToHalfOfThatOfItsWebhook() {
        rate = OptionalDouble.of(4);
        idle = 0.2;
        assertThat(replay().wanted()).isZero();
        Step waiting = replay().after(Progress.NONE);
        assertThat(waiting.isChange()).isFalse();
        assertThat(waiting.next())
                .hasValueSatisfying(pause -> assertThat(pause.toMillis()).isBetween(49L, 51L));

        idle = 0.6;
        assertThat(replay().wanted()).isEqualTo(2);
        assertThat(replay().after(found(2, false)).replay().idleSeconds()).isCloseTo(0.1, within(1e-9));

        idle = 3_600;
        assertThat(replay().wanted()).as("what was not used long ago is lost").isEqualTo(4);

        webhookRate = OptionalDouble.of(4);
        assertThat(replay().wanted()).isEqualTo(2);
        rate = OptionalDouble.of(0.01);
        assertThat(replay().wanted()).isEqualTo(1);
    }

    @Test
    void opensTogetherWhatItsRateAllowsInAFifthOfASecond() {
        rate = OptionalDouble.of(60);
        idle = 0.199;
        assertThat(replay().wanted()).isZero();
        assertThat(replay().after(Progress.NONE).isForAttempts()).isFalse();
        idle = 0.2;
        assertThat(replay().wanted()).isEqualTo(12);
        Step opened = replay().after(found(12, false));
        assertThat(opened.next()).contains(Duration.ofMillis(200));
        assertThat(opened.isForAttempts()).isFalse();
        rate = OptionalDouble.of(1_000);
        idle = 0.5;
        assertThat(replay().wanted()).isEqualTo(20);
        assertThat(replay().after(found(20, false)).isForAttempts()).isTrue();
    }

    @Test
    void waitsUntilWhoeverMayStillCommitHasDoneSo() {
        stage = Stage.MISSING;
        isFinal = false;
        assertThat(replay().wanted()).isZero();
        assertThat(replay().after(Progress.NONE).isChange()).isFalse();
        assertThat(replay().after(Progress.NONE).next()).contains(Duration.ofSeconds(1));
        isFinal = true;
        assertThat(replay().wanted()).isPositive();
    }

    @Test
    void isDoneOnceEveryOneWasTriedAndSaysHowManyTheyWere() {
        stage = Stage.END;
        opened = 98;
        untried = 1;
        Step waiting = replay().after(Progress.NONE);
        assertThat(waiting.next()).contains(Duration.ofSeconds(1));
        untried = 0;
        Step done = replay().after(Progress.NONE);
        assertThat(done.replay().status()).isEqualTo("done");
        assertThat(done.replay().total()).contains(98);
        assertThat(done.next()).isEmpty();
    }

    @Test
    void isCanceledWithItsWebhook() {
        webhookStatus = "disabled";
        assertThat(replay().wanted()).isZero();
        Step canceled = replay().after(Progress.NONE);
        assertThat(canceled.replay().status()).isEqualTo("canceled");
        assertThat(canceled.replay().total()).contains(100);
        assertThat(canceled.isChange()).isTrue();
    }

    @Test
    void looksForTypesThatItsWebhookWantsByNow() {
        assertThat(replay().wantedTypes()).containsExactlyInAnyOrder("playlist_update", "playlist_destroy");
    }

    @Test
    void looksForMissingOnesInOneFeedAfterTheOther() {
        stage = Stage.MISSING;
        nextFeedOf = Optional.of(4);
        Place ofNext = replay().after(found(1, true)).replay().place();
        assertThat(ofNext).isEqualTo(new Place(Stage.MISSING, FIRST, 4, "3", new UUID(-1, -1)));

        feedOf = 4;
        nextFeedOf = Optional.empty();
        assertThat(replay().after(found(0, false)).replay().place().feedOf()).isEqualTo(4);
        assertThat(replay().after(found(1, true)).replay().stage()).isEqualTo(Stage.END);

        stage = Stage.END;
        total = Optional.empty();
        opened = 2;
        assertThat(replay().after(Progress.NONE).replay().place().feedOf())
                .as("once they are counted, from the beginning")
                .isEqualTo(1);
    }

    private static Progress found(int count, boolean isEnd) {
        return new Progress(count, isEnd, Optional.of(REACHED), Optional.empty(), Optional.empty());
    }

    private Replay replay() {
        return new Replay(
                1,
                1,
                1,
                "running",
                new String[] {"failed"},
                isForMissing,
                Optional.of(new String[] {"playlist_update", "playlist_destroy"}),
                NOW.minusHours(1),
                NOW,
                "3",
                "7",
                FIRST,
                LAST,
                new Place(stage, FIRST, feedOf, "3", LAST),
                total,
                opened,
                idle,
                new Circumstances(
                        webhookStatus,
                        Set.of("playlist_update", "playlist_destroy", "videofacade_create"),
                        maxConcurrency,
                        ordered,
                        webhookRate,
                        rate,
                        Optional.empty(),
                        isFinal,
                        nextFeedOf,
                        untried));
    }
}
