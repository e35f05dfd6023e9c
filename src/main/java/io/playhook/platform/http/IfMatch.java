package io.playhook.platform.http;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.playhook.platform.problem.FieldError;
import io.playhook.platform.problem.Problem;

/**
 * What a request says in {@code If-Match} of the version that it is about (RFC 9110, 13.1.1). The tag of a version is its
 * number in quotes.
 */
public final class IfMatch {

    /** One entity tag, be it weak; what follows it is a comma or the end. */
    private static final Pattern TAG =
            Pattern.compile("\\G[ \\t,]*(?:(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*)\")[ \\t]*(?=,|$)");

    private final String header;

    private IfMatch(String header) {
        this.header = header;
    }

    /**
     * Reads the header; throws a 400 {@link Problem} if it holds something else than entity tags.
     *
     * @param header null or empty if there is none
     */
    public static IfMatch of(String header) {
        IfMatch read = new IfMatch(header == null || header.isBlank() ? "*" : header.strip());
        if (!read.header.equals("*") && !read.isListOfTags()) {
            throw Problem.invalid(List.of(new FieldError("If-Match", "must be * or entity tags such as \"5\"")));
        }
        return read;
    }

    /** The entity tag of a version, for {@code ETag}. */
    public static String tagOf(int version) {
        return "\"" + version + "\"";
    }

    /** Throws a 412 {@link Problem} unless it names this version, or any. */
    public void check(int version) {
        if (!header.equals("*") && !names(version)) {
            throw Problem.preconditionFailed("It is another version by now: %s.".formatted(tagOf(version)));
        }
    }

    private boolean names(int version) {
        Matcher tag = TAG.matcher(header);
        while (tag.find()) {
            // A weak one matches nothing here.
            if (tag.group(1) == null && tag.group(2).equals(Integer.toString(version))) {
                return true;
            }
        }
        return false;
    }

    private boolean isListOfTags() {
        Matcher tag = TAG.matcher(header);
        int end = 0;
        while (tag.find()) {
            end = tag.end();
        }
        return end > 0 && header.substring(end).isBlank();
    }
}
