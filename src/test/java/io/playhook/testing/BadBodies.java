package io.playhook.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Request bodies as an attacker or a broken client sends them, made out of a good one. */
public final class BadBodies {

    /** Stands in every text that is put into a field, so that it can be looked for where it must not be. */
    public static final String MARKER = "s3cr3t";

    private static final int DEEP = 10_000;
    private static final String DIGITS = "1234567890".repeat(100);

    /** What stands behind a colon, a bracket or a comma and is no object or array; the names of fields are not meant. */
    private static final Pattern VALUE =
            Pattern.compile("(?<=[:\\[,])(\"(?:[^\"\\\\]|\\\\.)*\"(?!:)|-?\\d+(?:\\.\\d+)?|true|null)");

    private static final Pattern NAME = Pattern.compile("\"(\\w[\\w-]*)\":");

    private BadBodies() {}

    /**
     * A body.
     *
     * @param field the name of the field that was changed; empty where the whole body was
     */
    public record BadBody(String what, String field, byte[] bytes) {

        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            String text = text();
            return "%s: %s".formatted(what, text.length() > 300 ? text.substring(0, 300) + "…" : text);
        }
    }

    /** Every way in which the whole of {@code good} can go wrong. */
    public static List<BadBody> ofWhole(String good) {
        List<BadBody> bodies = new ArrayList<>();
        for (String other :
                List.of("", " ", "null", "5", "true", "\"text\"", "[]", "{}", "[[]]", "[5]", "[null]", "]")) {
            bodies.add(whole("another value", other));
        }
        bodies.add(whole("deep arrays", "[".repeat(DEEP) + "]".repeat(DEEP)));
        bodies.add(whole("deep arrays, never closed", "[".repeat(DEEP)));
        bodies.add(whole("deep objects", "{\"a\":".repeat(DEEP) + "1" + "}".repeat(DEEP)));
        bodies.add(whole("deep objects, never closed", "{\"a\":".repeat(DEEP)));
        bodies.add(whole("twice the same name", good.substring(0, good.length() - 1) + "," + good.substring(1)));
        bodies.add(whole("text behind the end", good + good));
        bodies.add(whole("a comment", "/* a */" + good));
        bodies.add(whole("a comma too many", good.replaceFirst("\\{", "{,")));
        bodies.add(whole("single quotes", good.replace('"', '\'')));
        bodies.add(whole("a newline in a name", good.replaceFirst("\\{\"", "{\"\n")));
        bodies.add(whole("a long name", good.replaceFirst("\\{\"", "{\"" + "x".repeat(100_000) + "\":1,\"")));
        bodies.add(whole("256 KiB and more", good + " ".repeat(256 * 1024)));
        bodies.add(whole("BOM", "\ufeff" + good));
        for (String name : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "IBM037")) {
            bodies.add(new BadBody(name, "", good.getBytes(Charset.forName(name))));
        }
        for (int length = 1; length < good.length(); length++) {
            bodies.add(whole("cut off", good.substring(0, length)));
        }
        byte[][] notUtf8 = {
            {(byte) 0xff},
            {(byte) 0xc0, (byte) 0x80},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xe2, (byte) 0x82},
            {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
            {(byte) 0x80}
        };
        for (byte[] bytes : notUtf8) {
            bodies.add(new BadBody("no UTF-8", "", insert(good, bytes)));
        }
        return bodies;
    }

    /** {@code good} with each of its values replaced by each of many others, the values' names kept. */
    public static List<BadBody> ofFields(String good) {
        List<BadBody> bodies = new ArrayList<>();
        Matcher value = VALUE.matcher(good);
        while (value.find()) {
            String before = good.substring(0, value.start());
            String after = good.substring(value.end());
            String field = lastName(before);
            for (String other : values()) {
                bodies.add(new BadBody(field, field, (before + other + after).getBytes(StandardCharsets.UTF_8)));
            }
        }
        return bodies;
    }

    private static List<String> values() {
        List<String> values = new ArrayList<>(List.of(
                "null",
                "true",
                "[]",
                "{}",
                "0",
                "-1",
                "1.0",
                "2147483648",
                "1e999999",
                "-1E+999999",
                "1e-999999",
                DIGITS,
                "-" + DIGITS,
                "0." + DIGITS,
                DIGITS + "." + DIGITS + "e" + DIGITS,
                "NaN",
                "-Infinity",
                "01",
                "0x10",
                "+1",
                "[".repeat(DEEP) + "]".repeat(DEEP),
                "{\"a\":".repeat(DEEP) + "1" + "}".repeat(DEEP),
                "{\"a\":1,\"a\":2}",
                "\"\"",
                "\" \"",
                "\"" + MARKER + "\u0000\"",
                "\"" + MARKER + "\n\""));
        for (String text : List.of(
                "'; drop table webhooks; --",
                "$1",
                "%",
                "%s%n%x",
                "\\\\",
                "\\\"",
                "\\u0000",
                "\\ud800",
                "\\udc00\\ud800",
                "\\r\\nX-Injected: 1",
                "\\nINJECTED",
                "\\u2028\\u0085\\u202e",
                "${jndi:ldap://127.0.0.1/a}",
                "{{7*7}}",
                "<script>alert(1)</script>",
                "../../etc/passwd",
                "\ud83d\ude00",
                "\\ud83d\\ude00",
                "x".repeat(300),
                "x".repeat(100_000),
                "http://[::1",
                "https://example.com/\\r\\nHost: a",
                "https://user:" + MARKER + "@example.com/",
                "https://example.com:99999/")) {
            values.add("\"" + MARKER + text + "\"");
            values.add("\"" + text + "\"");
        }
        return values;
    }

    private static String lastName(String before) {
        String last = "";
        for (Matcher name = NAME.matcher(before); name.find(); ) {
            last = name.group(1);
        }
        return last;
    }

    private static BadBody whole(String what, String body) {
        return new BadBody(what, "", body.getBytes(StandardCharsets.UTF_8));
    }

    // Into the first string that is a value.
    private static byte[] insert(String good, byte[] bytes) {
        int at = good.indexOf(":\"") + 2;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(good.substring(0, at).getBytes(StandardCharsets.UTF_8));
        body.writeBytes(bytes);
        body.writeBytes(good.substring(at).getBytes(StandardCharsets.UTF_8));
        return body.toByteArray();
    }
}
