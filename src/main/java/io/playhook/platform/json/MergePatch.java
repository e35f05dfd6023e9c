package io.playhook.platform.json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.problem.Problem;

/**
 * Applies a JSON merge patch (RFC 7396) to text, so that whatever it does not touch stays as it is spelled: the order of keys,
 * numbers, escapes, spaces.
 */
public final class MergePatch {

    private final String target;
    private final String patch;
    private final StringBuilder merged = new StringBuilder();

    private MergePatch(String target, String patch) {
        this.target = target;
        this.patch = patch;
    }

    /**
     * The target with the patch applied; both are JSON that was read by {@link RawObject}.
     *
     * @param target null where there is none
     */
    public static String apply(String target, String patch) {
        MergePatch merge = new MergePatch(target == null ? "null" : target, patch);
        merge.append(Node.parse(merge.target, false), Node.parse(patch, true));
        return merge.merged.toString();
    }

    /**
     * A value, and where it stands in its text.
     *
     * @param fields what is in it, in its order, if it is an object; else null
     */
    private record Node(int start, int end, boolean isNull, List<Field> fields) {

        static Node parse(String json, boolean namesOnce) {
            try (JsonParser parser = RawObject.parser(json)) {
                parser.nextToken();
                return read(parser, namesOnce);
            } catch (IOException e) {
                throw new UncheckedIOException("It was read before", e);
            }
        }

        private static Node read(JsonParser parser, boolean namesOnce) throws IOException {
            int start = (int) parser.currentTokenLocation().getCharOffset();
            JsonToken token = parser.currentToken();
            List<Field> fields = token == JsonToken.START_OBJECT ? fields(parser, namesOnce) : null;
            if (token == JsonToken.VALUE_STRING) {
                parser.finishToken();
            }
            parser.skipChildren();
            return new Node(
                    start, (int) parser.currentLocation().getCharOffset(), token == JsonToken.VALUE_NULL, fields);
        }

        private static List<Field> fields(JsonParser parser, boolean namesOnce) throws IOException {
            Map<String, Field> names = new LinkedHashMap<>();
            List<Field> fields = new ArrayList<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                int start = (int) parser.currentTokenLocation().getCharOffset();
                String name = parser.currentName();
                parser.nextToken();
                Field field = new Field(name, start, read(parser, namesOnce));
                fields.add(field);
                if (names.put(name, field) != null && namesOnce) {
                    throw Problem.badRequest(
                            "The name \"%s\" stands twice in one object.".formatted(FieldErrors.abbreviate(name)));
                }
            }
            return fields;
        }
    }

    private record Field(String name, int start, Node value) {}

    private void append(Node old, Node change) {
        if (change.fields() == null) {
            merged.append(patch, change.start(), change.end());
        } else if (old == null || old.fields() == null) {
            appendNew(change);
        } else {
            appendMerged(old, change);
        }
    }

    /** An object that takes the place of what is none: without what it would remove. */
    private void appendNew(Node object) {
        merged.append('{');
        boolean first = true;
        for (Field field : object.fields()) {
            if (!field.value().isNull()) {
                merged.append(first ? "" : ",");
                appendNew(field);
                first = false;
            }
        }
        merged.append('}');
    }

    private void appendNew(Field field) {
        merged.append(patch, field.start(), field.value().start());
        append(null, field.value());
    }

    private void appendMerged(Node old, Node change) {
        Map<String, Field> changes = new LinkedHashMap<>();
        change.fields().forEach(field -> changes.put(field.name(), field));
        merged.append('{');
        int before = merged.length();
        int end = old.start() + 1;
        String indent = "";
        for (Field field : old.fields()) {
            String gap = target.substring(end, field.start());
            indent = end == old.start() + 1 ? gap : indent;
            end = field.value().end();
            Field changed = changes.get(field.name());
            if (changed == null || !changed.value().isNull()) {
                merged.append(merged.length() == before ? gap.replace(",", "") : gap);
                merged.append(target, field.start(), field.value().start());
                if (changed == null) {
                    merged.append(target, field.value().start(), field.value().end());
                } else {
                    append(field.value(), changed.value());
                }
            }
        }
        old.fields().forEach(field -> changes.remove(field.name()));
        for (Field added : changes.values()) {
            if (!added.value().isNull()) {
                merged.append(merged.length() == before ? "" : ",").append(indent);
                appendNew(added);
            }
        }
        merged.append(target, end, old.end());
    }
}
