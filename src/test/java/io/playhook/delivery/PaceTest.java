package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PaceTest {

    private final Pace pace = new Pace();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

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
        for (Instant end = now.plusSeconds(10); now.isBefore(end); now = now.plusMillis(3)) {
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
        now = now.plusSeconds(60);
        int burst = 0;
        while (pace.untilNext(now).isZero()) {
            pace.sent(now, 10);
            burst++;
        }
        assertThat(burst).isEqualTo(1);
    }
}
