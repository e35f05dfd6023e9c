package io.playhook.platform.json;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.platform.problem.Problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RawObjectTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"z\": 1.50, \"a\":  [1 , 2], \"t\":\"\\u00e9 \\/\"}",
                "{}",
                "{ }",
                "-1.0e+05",
                "[ [ ], { } ]",
                "\"}\\\"]\"",
                "true",
                "123456789012345678901234567890.000"
            })
    void givesAValueAsItCame(String value) {
        RawObject object =
                RawObject.parse(("{\"a\":1, \"v\" : " + value + " , \"b\":2}").getBytes(StandardCharsets.UTF_8));
        assertThat(object.value("v").orElseThrow().json()).isEqualTo(value);
    }

    @Test
    void givesALongValueAsItCame() {
        // Beyond 32 Ki characters the parser reads in pieces, and counts its offsets differently.
        String value = "{\"text\": \"" + "\u00e9x".repeat(60_000) + "\", \"n\": 1.0}";
        RawObject object = RawObject.parse(
                ("{\"a\": \"" + "y".repeat(40_000) + "\", \"v\":" + value + "}").getBytes(StandardCharsets.UTF_8));
        assertThat(object.value("v").orElseThrow().json()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"v\":[1,2,]} | [1,2 ]",
                "{\"v\":{\"a\":1 , }, } | {\"a\":1   }",
                "{\"v\":[[1,],[2,],],} | [[1 ],[2 ] ]",
                "{\"v\":\",]\",} | \",]\"",
                "{\"v\":\"\\\",}\",} | \"\\\",}\""
            })
    void takesTrailingCommas(String json, String value) {
        assertThat(RawObject.parse(json).value("v").orElseThrow().json()).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "[1]",
                "1",
                "null",
                "{,}",
                "{\"a\":1,,}",
                "{\"a\":[,]}",
                "{\"a\":,}",
                "{\"a\"}",
                "{'a':1}",
                "{a:1}",
                "{\"a\":1}x",
                "{\"a\":1} {}",
                "{\"a\":01}",
                "{\"a\":NaN}",
                "{\"a\":\"\u0001\"}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":\"\\x\"}",
                "// c\n{}",
                "{\"a\":tru}"
            })
    void refusesWhatIsNoJsonObject(String json) {
        assertThatThrownBy(() -> RawObject.parse(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.status()).isEqualTo(400));
    }

    @Test
    void refusesADepthOfTenThousand() {
        String deep = "{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
        assertThatThrownBy(() -> RawObject.parse(deep)).isInstanceOf(Problem.class);
    }

    @Test
    void refusesABodyThatIsMissing() {
        for (byte[] missing : new byte[][] {null, {}}) {
            assertThatThrownBy(() -> RawObject.parse(missing)).hasMessage("The body is missing.");
        }
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        assertThatThrownBy(() -> RawObject.parse(new byte[] {'{', '"', (byte) 0xc3, '"', ':', '1', '}'}))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("UTF-8");
    }

    @Test
    void takesNullForAbsent() {
        assertThat(RawObject.parse("{\"a\": null}").value("a")).isEmpty();
    }
}
