package io.playhook.delivery.lane;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PaceTest {

    private final Pace pace = new Pace();
    // Near the end of its range: it may begin anywhere.
    private long now = Long.MAX_VALUE - 5_000_000_000L;

    @Test
    void letsTheFirstGoAtOnceAndTheNextAfterItsShareOfASecond() {
        assertThat(pace.untilNext(now)).isZero();
        pace.sent(now, 10);
        assertThat(pace.untilNext(now))
                .isLessThanOrEqualTo(Duration.ofMillis(100))
                .isGreaterThan(Duration.ofMillis(94));
    }

    @Test
    void sendsNoMoreInASecondThanTheRateThoughTimersAreLate() {
        int sent = 0;
        for (long end = now + 10_000_000_000L; end - now > 0; now += 3_000_000) {
            if (pace.untilNext(now).isZero()) {
                pace.sent(now, 50);
                sent++;
            }
        }
        assertThat(sent).isBetween(490, 501);
    }

    @Test
    void doesNotSaveUpWhatWasNotUsed() {
        pace.sent(now, 10);
        now += 60_000_000_000L;
        int burst = 0;
        while (pace.untilNext(now).isZero()) {
            pace.sent(now, 10);
            burst++;
        }
        assertThat(burst).isEqualTo(1);
    }
}
