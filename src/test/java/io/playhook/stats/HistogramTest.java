package io.playhook.stats;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class HistogramTest {

    private final Histogram histogram = new Histogram();

    @Test
    void hasNoPercentilesWhereNothingWasCounted() {
        assertThat(histogram.percentile(0.5)).isNull();
        assertThat(histogram.pairs()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 15, 16, 17, 31, 32, 33, 999, 1_000, 30_000, 86_400_000, 604_800_000, 1L << 40})
    void findsADurationAgainWithinASixteenth(long millis) {
        histogram.add(millis);

        assertThat(histogram.percentile(0.5)).isCloseTo(millis, within(millis / 16));
        assertThat(histogram.percentile(0.99)).isEqualTo(histogram.percentile(0.01));
    }

    @Test
    void isCloseToThePercentilesOfWhatWasCounted() {
        Random random = new Random(1);
        long[] durations = LongStream.range(0, 10_000)
                .map(i -> (long) Math.exp(12 * random.nextDouble()))
                .sorted()
                .toArray();
        LongStream.of(durations).forEach(histogram::add);

        for (double part : new double[] {0.5, 0.95, 0.99}) {
            long exact = durations[(int) Math.ceil(part * durations.length) - 1];
            assertThat(histogram.percentile(part)).as("p%s", part).isCloseTo(exact, within(exact / 16));
        }
    }

    @Test
    void aClockThatWentBackCountsAsNothing() {
        histogram.add(-5);

        assertThat(histogram.percentile(0.5)).isZero();
    }

    @Test
    void isTheSumOfWhatIsAddedToIt() {
        histogram.add(3);
        histogram.add(3);
        histogram.add(1_000);
        Histogram other = new Histogram();
        other.add(3);

        other.add(histogram.pairs());

        assertThat(other.pairs()).hasSize(4).startsWith(3, 3);
        assertThat(other.percentile(1)).isCloseTo(1_000L, within(62L));
        other.add(List.of());
        assertThat(other.pairs()).hasSize(4);
    }
}
