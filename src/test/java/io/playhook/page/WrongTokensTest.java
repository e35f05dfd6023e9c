package io.playhook.page;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.playhook.testing.MovableTicker;

import static org.assertj.core.api.Assertions.assertThat;

class WrongTokensTest {

    private final MovableTicker ticker = new MovableTicker();
    private final WrongTokens wrongTokens = new WrongTokens(ticker, new PageConfig() {
        @Override
        public Duration session() {
            return Duration.ofHours(1);
        }

        @Override
        public int wrongTokens() {
            return 2;
        }
    });

    @Test
    void anAddressMayShowSoManyAMinuteAndOthersNoFewer() {
        wrongTokens.note("192.0.2.1");
        assertThat(wrongTokens.tooMany("192.0.2.1")).isFalse();
        wrongTokens.note("192.0.2.1");
        assertThat(wrongTokens.tooMany("192.0.2.1")).isTrue();
        assertThat(wrongTokens.tooMany("192.0.2.2")).isFalse();

        ticker.advance(Duration.ofSeconds(61));
        assertThat(wrongTokens.tooMany("192.0.2.1")).isFalse();
        wrongTokens.note("192.0.2.1");
        assertThat(wrongTokens.tooMany("192.0.2.1")).isFalse();
    }
}
