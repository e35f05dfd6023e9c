package io.playhook.platform.json;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SurrogatesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\ud800\"",
                "\"\\uDFFF\"",
                "\"\\udc00\\ud800\"",
                "\"\\ud800\\ud800\\udc00\"",
                "\"\\ud83d \\ude00\"",
                "\"\\ud800\\\\udc00\"",
                "{\"\\ud83d\": 1}",
                "\\ud800"
            })
    void findsAHalfWithoutItsOtherHalf(String json) {
        assertThat(Surrogates.hasLoneEscape(json)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\\",
                "\\u",
                "\\ud8",
                "\"plain\"",
                "\"\\ud83d\\ude00\"",
                "\"\\\\ud800\"",
                "\"\\\\\\\\ud800\"",
                "\"\\u0000\\uFFFF\\n\"",
                "\"\\ud83d\\ude00\\ud83d\\ude00\""
            })
    void findsNothingInWholeCharacters(String json) {
        assertThat(Surrogates.hasLoneEscape(json)).isFalse();
    }
}
