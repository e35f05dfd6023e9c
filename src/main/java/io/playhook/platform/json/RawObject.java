package io.playhook.platform.json;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;

import io.playhook.platform.problem.Problem;

/**
 * A JSON object whose values are slices of the text that was read, so that what is passed on keeps its key order and the
 * spelling of its numbers.
 *
 * <p>A trailing comma in an object or array is accepted, as the published example of the original API has one; it is
 * blanked before anything else reads the text, so slices are strict JSON. A name that stands twice in the object itself
 * is an error; inside the values it is theirs to judge.
 */
public final class RawObject {

    private static final int MAX_BYTES = 256 * 1024;

    /** More than any player needs; parsers of receivers give up, or break, somewhere above. */
    private static final int MAX_DEPTH = 500;

    // Numbers and names are passed on, never worked with, so they may be as long as the body. Names are not kept
    // either.
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final Map<String, RawValue> fields;

    private RawObject(Map<String, RawValue> fields) {
        this.fields = fields;
    }

    /**
     * A value of the object.
     *
     * @param token what it begins with
     * @param json its text, as it came
     * @param string what it says, if it is a string, else null
     * @param object what is in it, if it is an object and that was asked for, else null
     */
    public record RawValue(JsonToken token, String json, String string, RawObject object) {

        /**
         * Whether every string in it, names too, is made of whole characters: no {@code \\ud800} without its other half.
         * RFC 7493 forbids that, and many a receiver's parser refuses it.
         */
        public boolean isWholeText() {
            return !Surrogates.hasLoneEscape(json);
        }
    }

    /** Reads a body in UTF-8; throws a 400 {@link Problem} if it is no JSON object, a 413 over 256 KiB. */
    public static RawObject parse(byte[] body) {
        if (body != null && body.length > MAX_BYTES) {
            throw Problem.tooLarge("The body may have at most %d bytes.".formatted(MAX_BYTES));
        }
        return parse(decode(body));
    }

    /** Reads a JSON object; throws a 400 {@link Problem} if it is none. */
    public static RawObject parse(String json) {
        return withoutTrailingCommas(json, RawObject::parseStrictly);
    }

    /**
     * Reads a body that is an object, or an array; in one walk over its text, however large it is.
     *
     * @param within the field whose object is read too, where an element has it
     */
    public static Elements parseOneOrMany(byte[] body, String within) {
        return withoutTrailingCommas(decode(body), json -> elements(json, within));
    }

    /**
     * What a body holds.
     *
     * @param isArray whether it was an array, or one object by itself
     * @param values each element, in order; those that are objects are read
     */
    public record Elements(boolean isArray, List<RawValue> values) {}

    static JsonParser parser(String json) throws IOException {
        return JSON.createParser(json);
    }

    static List<RawValue> parseArray(String json) {
        return withoutTrailingCommas(json, text -> {
            try (JsonParser parser = parser(text)) {
                if (parser.nextToken() != JsonToken.START_ARRAY) {
                    throw Problem.badRequest("A JSON array is expected.");
                }
                return arrayElements(text, parser, RawObject::slice);
            }
        });
    }

    /** All fields by name, in the order of the text. */
    public Map<String, RawValue> values() {
        return fields;
    }

    /** The value of a field; empty where it is absent or null. */
    public Optional<RawValue> value(String name) {
        return Optional.ofNullable(fields.get(name)).filter(value -> value.token() != JsonToken.VALUE_NULL);
    }

    private interface Reading<T> {
        T read(String json) throws IOException;
    }

    private static <T> T withoutTrailingCommas(String json, Reading<T> reading) {
        try {
            return reading.read(json);
        } catch (IOException strictly) {
            String blanked = TrailingCommas.blank(json);
            if (blanked.equals(json)) {
                throw wrongSyntax(strictly);
            }
            try {
                return reading.read(blanked);
            } catch (IOException leniently) {
                throw wrongSyntax(leniently);
            }
        }
    }

    private static RawObject parseStrictly(String json) throws IOException {
        try (JsonParser parser = parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw Problem.badRequest("The body must be a JSON object.");
            }
            RawObject object = fields(json, parser, null);
            refuseTrailingText(parser);
            return object;
        }
    }

    private static Elements elements(String json, String within) throws IOException {
        try (JsonParser parser = parser(json)) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                return new Elements(true, arrayElements(json, parser, (text, at) -> read(text, at, within)));
            }
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw Problem.badRequest("The body must be a JSON object.");
            }
            RawObject object = fields(json, parser, within);
            refuseTrailingText(parser);
            return new Elements(false, List.of(new RawValue(JsonToken.START_OBJECT, json, null, object)));
        }
    }

    private interface ReadingOfValue {
        RawValue read(String json, JsonParser parser) throws IOException;
    }

    private static List<RawValue> arrayElements(String json, JsonParser parser, ReadingOfValue reading)
            throws IOException {
        List<RawValue> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(reading.read(json, parser));
        }
        refuseTrailingText(parser);
        return elements;
    }

    /** The fields of the object that the parser stands at the beginning of. */
    private static RawObject fields(String json, JsonParser parser, String within) throws IOException {
        Map<String, RawValue> fields = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            RawValue value = name.equals(within) ? read(json, parser, null) : slice(json, parser);
            if (fields.put(name, value) != null) {
                throw Problem.badRequest(
                        "The name \"%s\" stands twice in one object.".formatted(FieldErrors.abbreviate(name)));
            }
        }
        return new RawObject(fields);
    }

    private static RawValue read(String json, JsonParser parser, String within) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            return slice(json, parser);
        }
        int start = (int) parser.currentTokenLocation().getCharOffset();
        RawObject object = fields(json, parser, within);
        int end = (int) parser.currentLocation().getCharOffset();
        return new RawValue(JsonToken.START_OBJECT, json.substring(start, end), null, object);
    }

    private static RawValue slice(String json, JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        int start = (int) parser.currentTokenLocation().getCharOffset();
        String string = token == JsonToken.VALUE_STRING ? parser.getText() : null;
        parser.skipChildren();
        int end = (int) parser.currentLocation().getCharOffset();
        return new RawValue(token, json.substring(start, end), string, null);
    }

    private static void refuseTrailingText(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw Problem.badRequest("There is text behind the end of the JSON value.");
        }
    }

    private static String decode(byte[] body) {
        if (body == null || body.length == 0) {
            throw Problem.badRequest("The body is missing.");
        }
        if (isAscii(body)) {
            // As most are: nothing to decode, and nothing that could be wrong.
            return new String(body, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badRequest("The body is not valid UTF-8.");
        }
    }

    private static boolean isAscii(byte[] body) {
        for (byte b : body) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static Problem wrongSyntax(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return Problem.badRequest("The body is nested too deep: more than %d levels.".formatted(MAX_DEPTH));
        }
        String where = e instanceof JsonProcessingException json && json.getLocation() != null
                ? " at line %d, column %d"
                        .formatted(
                                json.getLocation().getLineNr(),
                                json.getLocation().getColumnNr())
                : "";
        return Problem.badRequest("The body is not valid JSON%s.".formatted(where));
    }
}
