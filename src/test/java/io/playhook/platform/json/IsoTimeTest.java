package io.playhook.platform.json;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class IsoTimeTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z, 2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.1234567Z, 2026-01-31T12:00:00.123456Z",
        "2026-01-31T12:00:00+02:00, 2026-01-31T10:00:00Z",
        "2026-01-31T12:00:00-00:30, 2026-01-31T12:30:00Z",
        "2026-01-31T12:00-18:00, 2026-02-01T06:00:00Z"
    })
    void readsATimeWithItsOffset(String text, Instant time) {
        assertThat(IsoTime.parse(text)).contains(time);
    }

    /** RFC 3339 has them; Java's own reader stops at 18 hours. */
    @ParameterizedTest
    @CsvSource({
        "0162-04-14T21:12:17.684-21:08, 0162-04-15T18:20:17.684Z",
        "2026-01-31T12:00:00+23:59, 2026-01-30T12:01:00Z"
    })
    void readsOffsetsBeyondEighteenHours(String text, Instant time) {
        assertThat(IsoTime.parse(text)).contains(time);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-01-31",
                "2026-01-31T12:00:00",
                "2026-01-31T12:00:00+24:00",
                "2026-01-31T12:00:00+02:60",
                "2026-01-31T12:00:00Z+02:00",
                "2026-02-30T12:00:00+02:00",
                "+10000-01-01T00:00:00+00:00",
                "+02:00"
            })
    void refusesWhatIsNone(String text) {
        assertThat(IsoTime.parse(text)).isEmpty();
    }

    @Test
    void refusesATimeThatTheDatabaseCanNotKeep() {
        assertThat(IsoTime.parse("0001-01-01T00:00:00+23:00")).isEmpty();
        assertThat(IsoTime.parse("9999-12-31T23:59:59-01:00")).isEmpty();
    }
}
