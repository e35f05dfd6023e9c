package io.playhook.delivery.request;

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
                "4.5 | 4.5",
                "0.2 | 0.2",
                "1767225660 | 60",
                "1767225660.5 | 60.5",
                "1767225660000 | 60",
                "2026-01-01T00:01:00Z | 60",
                "2026-01-01T02:01:00+02:00 | 60",
                "Thu, 01 Jan 2026 02:01:00 +0200 | 60",
                "Wed, 31 Dec 2025 19:01:00 -0500 | 60",
                "Thu, 1 Jan 2026 00:01:00 GMT | 60",
                "Thu, 01 Jan 2026 00:01:00 GMT | 60",
                "Thursday, 01-Jan-26 00:01:00 GMT | 60",
                "Thu Jan  1 00:01:00 2026 | 60"
            })
    void readsSecondsAndDates(String header, double seconds) {
        assertThat(RetryAfter.parse(header, NOW)).contains(Duration.ofMillis(Math.round(seconds * 1_000)));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "-5",
                "soon",
                "1e3",
                "4,5",
                "120s",
                "1600000000",
                "2025-12-31T23:59:00Z",
                "2026-01-01T00:01:00",
                "Thu, 1 Jan 2025 00:00:00 GMT",
                "\u0661\u0662",
                "2026-01-01"
            })
    void takesNoNoticeOfWhatIsPastOrMakesNoSense(String header) {
        assertThat(RetryAfter.parse(header, NOW)).isEmpty();
    }
}
