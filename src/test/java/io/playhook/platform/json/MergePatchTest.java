package io.playhook.platform.json;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.platform.problem.Problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MergePatchTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The cases of RFC 7396, appendix A. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"a":"b"}             | {"a":"c"}                     | {"a":"c"}
                    {"a":"b"}             | {"b":"c"}                     | {"a":"b","b":"c"}
                    {"a":"b"}             | {"a":null}                    | {}
                    {"a":"b","b":"c"}     | {"a":null}                    | {"b":"c"}
                    {"a":["b"]}           | {"a":"c"}                     | {"a":"c"}
                    {"a":"c"}             | {"a":["b"]}                   | {"a":["b"]}
                    {"a":{"b":"c"}}       | {"a":{"b":"d","c":null}}      | {"a":{"b":"d"}}
                    {"a":[{"b":"c"}]}     | {"a":[1]}                     | {"a":[1]}
                    ["a","b"]             | ["c","d"]                     | ["c","d"]
                    {"a":"b"}             | ["c"]                         | ["c"]
                    {"a":"foo"}           | null                          | null
                    {"a":"foo"}           | "bar"                         | "bar"
                    {"e":null}            | {"a":1}                       | {"e":null,"a":1}
                    [1,2]                 | {"a":"b","c":null}            | {"a":"b"}
                    {}                    | {"a":{"bb":{"ccc":null}}}     | {"a":{"bb":{}}}
                    """)
    void mergesAsTheStandardSays(String target, String patch, String result) throws Exception {
        String merged = MergePatch.apply(target, patch);
        assertThat(JSON.readTree(merged)).isEqualTo(JSON.readTree(result));
        assertThat(merged).isEqualTo(result);
    }

    @Test
    void leavesWhatItDoesNotTouchAsItIsSpelled() {
        String target = "{ \"\\u0061\" : 1.50,\n  \"n\":[1 , 2e+3],\n  \"o\" : {\"x\": -0.0 , \"y\":\"\\/\"} }";
        assertThat(MergePatch.apply(target, "{}")).isEqualTo(target);
        assertThat(MergePatch.apply(target, "{\"o\":{\"x\":7}}")).isEqualTo(target.replace("-0.0", "7"));
        assertThat(MergePatch.apply(target, "{\"a\":2}")).isEqualTo(target.replace("1.50", "2"));
        assertThat(MergePatch.apply(target, "{\"n\":null}"))
                .isEqualTo("{ \"\\u0061\" : 1.50,\n  \"o\" : {\"x\": -0.0 , \"y\":\"\\/\"} }");
        assertThat(MergePatch.apply(target, "{\"z\" : 1E5}"))
                .isEqualTo(target.substring(0, target.length() - 2) + ", \"z\" : 1E5 }");
    }

    @Test
    void removesTheFirstAndTheOnlyField() {
        assertThat(MergePatch.apply("{\"a\":1, \"b\":2}", "{\"a\":null}")).isEqualTo("{ \"b\":2}");
        assertThat(MergePatch.apply("{ \"a\":1 }", "{\"a\":null}")).isEqualTo("{ }");
        assertThat(MergePatch.apply("{\"a\":1}", "{\"a\":null,\"b\":2}")).isEqualTo("{\"b\":2}");
    }

    @Test
    void makesAnObjectWhereThereIsNone() {
        assertThat(MergePatch.apply(null, "{\"a\":{\"b\":null,\"c\":1}}")).isEqualTo("{\"a\":{\"c\":1}}");
    }

    @Test
    void refusesANameThatStandsTwiceInThePatch() {
        assertThatThrownBy(() -> MergePatch.apply("{}", "{\"a\":{\"b\":1,\"b\":2}}"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("twice");
    }

    @Test
    void mergesFourHundredLevels() {
        String deep = "{\"a\":".repeat(400);
        String target = deep + "\"" + "x".repeat(200_000) + "\"" + "}".repeat(400);
        String patch = deep + "1" + "}".repeat(400);
        assertThat(MergePatch.apply(target, patch)).isEqualTo(patch);
    }
}
