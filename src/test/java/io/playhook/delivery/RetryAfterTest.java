package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 1",
                " 120 | 120",
                "31536000 | 31536000",
                "99999999999999999999 | 2147483647",
                "Thu, 1 Jan 2026 00:01:00 GMT | 60",
                "Thu, 01 Jan 2026 00:01:00 GMT | 60",
                "Thursday, 01-Jan-26 00:01:00 GMT | 60",
                "Thu Jan  1 00:01:00 2026 | 60"
            })
    void readsSecondsAndDates(String header, long seconds) {
        assertThat(RetryAfter.parse(header, NOW)).contains(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {"", " ", "0", "-5", "1.5", "soon", "Thu, 1 Jan 2025 00:00:00 GMT", "\u0661\u0662", "2026-01-01"})
    void takesNoNoticeOfWhatIsPastOrMakesNoSense(String header) {
        assertThat(RetryAfter.parse(header, NOW)).isEmpty();
    }
}
