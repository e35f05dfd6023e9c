package io.playhook.platform.json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.problem.FieldError;
import io.playhook.platform.problem.Problem;

/** Reads the fields of a request and keeps all that is wrong with them, so that the caller hears it at once. */
public final class FieldErrors {

    /** More than a person reads; without a bound, an array of a hundred thousand faults would be answered with megabytes. */
    private static final int MAX_ERRORS = 4_000;

    private static final int MAX_ECHO = 64;

    private final List<FieldError> errors = new ArrayList<>();

    /** Notes that a field is at fault; from the 4,001st on it is left out. */
    public void add(String field, String message) {
        add(new FieldError(abbreviate(field), message));
    }

    /** Notes faults of an object that stands under {@code parent}. */
    public void addAll(String parent, FieldErrors deeper) {
        deeper.errors.forEach(error -> add(error.under(parent)));
    }

    private void add(FieldError error) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(error);
        }
    }

    /** What the caller sent, short enough to be sent back in a message. */
    public static String abbreviate(String sent) {
        if (sent.length() <= MAX_ECHO) {
            return sent;
        }
        int end = Character.isHighSurrogate(sent.charAt(MAX_ECHO - 1)) ? MAX_ECHO - 1 : MAX_ECHO;
        return sent.substring(0, end) + "…";
    }

    /** Whether nothing is at fault so far. */
    public boolean isEmpty() {
        return errors.isEmpty();
    }

    /** Throws a 400 {@link Problem} with all faults, if there are any. */
    public void throwIfAny() {
        if (!errors.isEmpty()) {
            throw Problem.invalid(List.copyOf(errors));
        }
    }

    /** A string field; a fault if it is absent, null, no string, or holds what can't be stored. */
    public Optional<String> requiredString(RawObject object, String field) {
        if (object.value(field).isEmpty()) {
            add(field, "is required");
            return Optional.empty();
        }
        return optionalString(object, field);
    }

    /** A string field that may be absent or null; a fault if it is no string, or holds what can't be stored. */
    public Optional<String> optionalString(RawObject object, String field) {
        Optional<RawObject.RawValue> value = object.value(field);
        if (value.isPresent() && value.get().token() != JsonToken.VALUE_STRING) {
            add(field, "must be a string");
            return Optional.empty();
        }
        Optional<String> string = value.map(RawObject.RawValue::string);
        if (string.isPresent() && !isText(string.get())) {
            add(field, "must not contain control characters or half of a surrogate pair");
            return Optional.empty();
        }
        return string;
    }

    /** A field that is a time; a fault if it is absent, null or no time. */
    public Optional<Instant> requiredTime(RawObject object, String field) {
        return time(field, requiredString(object, field));
    }

    /** A field that is a time, and may be absent or null; a fault if it is something else. */
    public Optional<Instant> optionalTime(RawObject object, String field) {
        return time(field, optionalString(object, field));
    }

    private Optional<Instant> time(String field, Optional<String> text) {
        Optional<Instant> time = text.flatMap(IsoTime::parse);
        if (text.isPresent() && time.isEmpty()) {
            add(field, "must be a time in ISO 8601, such as 2030-01-31T00:00:00Z");
        }
        return time;
    }

    /**
     * A field that is an array of names, each once; empty where it is absent or null. A fault if it is no array, is empty, or holds
     * what is no such name.
     *
     * @param all every name that there is, for the message
     */
    public <T> Set<T> names(RawObject object, String field, Function<String, Optional<T>> reader, String all) {
        Set<T> named = new LinkedHashSet<>();
        Optional<RawObject.RawValue> value = object.value(field);
        if (value.isPresent() && value.get().token() != JsonToken.START_ARRAY) {
            add(field, "must be an array");
        } else if (value.isPresent()) {
            RawArray names = RawArray.parse(value.get().json());
            if (names.elements().isEmpty()) {
                add(field, "must name at least one of " + all);
            }
            names.forEach((index, name) -> Optional.ofNullable(name.string())
                    .flatMap(reader)
                    .ifPresentOrElse(
                            named::add,
                            () -> add(
                                    "%s[%d]".formatted(field, index),
                                    "%s is none of %s".formatted(abbreviate(name.json()), all))));
        }
        return named;
    }

    /** Whether it has no control character and is well-formed Unicode: PostgreSQL stores neither NUL nor half a pair. */
    public static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isSurrogatePair(c, text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
