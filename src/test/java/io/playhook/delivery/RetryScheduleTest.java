package io.playhook.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.delivery.AttemptOutcome.Delivered;
import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.AttemptOutcome.Gone;
import io.playhook.delivery.AttemptOutcome.Rejected;
import io.playhook.delivery.AttemptOutcome.Unreachable;
import io.playhook.delivery.NextStep.Disable;
import io.playhook.delivery.NextStep.Retry;
import io.playhook.delivery.NextStep.Settle;

import static org.assertj.core.api.Assertions.assertThat;

class RetryScheduleTest {

    private static final Rejected REJECTED = new Rejected(500, Optional.empty());

    private final RetrySchedule schedule = new RetrySchedule(List.of(
            Duration.ZERO,
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24)));

    /** The failed attempt, and the planned delay before the next in seconds. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "2, 5",
        "3, 300",
        "4, 1800",
        "5, 7200",
        "6, 18000",
        "7, 36000",
        "8, 50400",
        "9, 72000",
        "10, 86400"
    })
    void waitsAsPlannedGiveOrTakeATenth(int attempt, long seconds) {
        assertThat(delay(attempt, REJECTED, middle())).isEqualTo(Duration.ofSeconds(seconds));
        Random random = new Random(attempt);
        for (int i = 0; i < 1_000; i++) {
            assertThat(delay(attempt, REJECTED, random).toMillis())
                    .isBetween(Math.round(seconds * 900.0), Math.round(seconds * 1_100.0));
        }
    }

    @Test
    void failsAfterTheLastRetryWithWhatHappenedLast() {
        assertThat(after(11, new Unreachable("connection refused")))
                .isEqualTo(new Settle(DeliveryStatus.FAILED, "all 11 attempts failed, the last: connection refused"));
    }

    @Test
    void failsAtOnceWhereNothingIsToBeRetried() {
        assertThat(new RetrySchedule(List.of()).after(1, REJECTED, middle()))
                .isEqualTo(new Settle(DeliveryStatus.FAILED, "the receiver answered 500"));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 205, 299})
    void isDoneAfter2xx(int status) {
        assertThat(after(1, new Delivered(status))).isEqualTo(new Settle(DeliveryStatus.DELIVERED, null));
    }

    @Test
    void disablesTheWebhookAfter410() {
        assertThat(after(1, new Gone())).isEqualTo(new Disable("the receiver answered 410 Gone"));
    }

    @Test
    void failsAtOnceWhereEgressForbidsTheAddress() {
        assertThat(after(1, new Forbidden("10.0.0.1 is a private address")))
                .isEqualTo(new Settle(DeliveryStatus.FAILED, "10.0.0.1 is a private address"));
    }

    /** The attempt, what the receiver asks for, and what it gets, in seconds. */
    @ParameterizedTest
    @CsvSource({"1, 30, 30", "2, 3, 5", "1, 3600, 3600", "1, 3601, 3600", "1, 31536000, 3600", "5, 3600, 7200"})
    void waitsAtLeastAsLongAsTheReceiverAsksButForNoMoreThanAnHour(int attempt, long asked, long granted) {
        assertThat(delay(attempt, new Rejected(503, Optional.of(Duration.ofSeconds(asked))), middle()))
                .isEqualTo(Duration.ofSeconds(granted));
    }

    private NextStep after(int attempt, AttemptOutcome outcome) {
        return schedule.after(attempt, outcome, middle());
    }

    private Duration delay(int attempt, AttemptOutcome outcome, RandomGenerator random) {
        return ((Retry) schedule.after(attempt, outcome, random)).delay();
    }

    private static RandomGenerator middle() {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public double nextDouble() {
                return 0.5;
            }
        };
    }
}
