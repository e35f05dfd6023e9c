package io.playhook.platform.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
