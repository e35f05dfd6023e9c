package io.playhook.webhook;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawArray;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * Makes a filter into a predicate that the database keeps compiled, and asks of each player that is published (ADR 37):
 * {@code {"path.in.player": value, or [values], or {"exists": bool}, or {"prefix": "…"}}}, of which all must hold. A value is a
 * string, a number, a boolean or null. Where an array lies on the path or at its end, one of its elements is enough.
 */
final class PlayerFilter {

    private static final int MAX_CONDITIONS = 20;
    private static final int MAX_VALUES = 100;

    /** Far within what PostgreSQL's numbers have room for. */
    private static final int MAX_DIGITS = 1_000;

    private static final String NO_CONDITION =
            "must be a value, an array of values, {\"exists\": bool} or {\"prefix\": \"…\"}";

    private PlayerFilter() {}

    /** The filter as an SQL/JSON path predicate; empty if there is none, or one with faults, which are noted. */
    static Optional<String> read(RawObject settings, FieldErrors errors) {
        Optional<RawValue> filter = settings.value("filter");
        if (filter.isEmpty()) {
            return Optional.empty();
        }
        if (filter.get().token() != JsonToken.START_OBJECT) {
            errors.add("filter", "must be an object");
            return Optional.empty();
        }
        RawObject conditions = RawObject.parse(filter.get().json());
        if (conditions.values().size() > MAX_CONDITIONS) {
            errors.add("filter", "must have at most %d conditions".formatted(MAX_CONDITIONS));
        }
        FieldErrors inFilter = new FieldErrors();
        List<String> predicates = new ArrayList<>();
        conditions.values().forEach((path, condition) -> {
            try {
                predicates.add(predicate(path(path), condition));
            } catch (Fault fault) {
                inFilter.add(path, fault.getMessage());
            }
        });
        errors.addAll("filter", inFilter);
        return inFilter.isEmpty() && !predicates.isEmpty()
                ? Optional.of(String.join(" && ", predicates))
                : Optional.empty();
    }

    /** Why a condition can't be used. */
    private static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message, null, false, false);
        }
    }

    private static String path(String dotted) throws Fault {
        StringBuilder path = new StringBuilder("$");
        for (String name : dotted.split("\\.", -1)) {
            if (name.isEmpty()) {
                throw new Fault("is no path: it must be names with a dot between them");
            }
            path.append('.').append(quote(name));
        }
        return path.toString();
    }

    private static String predicate(String path, RawValue condition) throws Fault {
        return switch (condition.token()) {
            case START_OBJECT -> test(path, RawObject.parse(condition.json()));
            case START_ARRAY -> isAnyOf(path, RawArray.parse(condition.json()).elements());
            default -> isAnyOf(path, List.of(condition));
        };
    }

    private static String test(String path, RawObject test) throws Fault {
        Optional<RawValue> exists = test.value("exists").filter(v -> v.token().isBoolean());
        Optional<RawValue> prefix = test.value("prefix").filter(v -> v.string() != null);
        if (test.values().size() != 1 || exists.isEmpty() && prefix.isEmpty()) {
            throw new Fault(NO_CONDITION);
        }
        if (exists.isPresent()) {
            return (exists.get().token() == JsonToken.VALUE_TRUE ? "" : "!") + "exists(" + path + ")";
        }
        return exists(path, "@ starts with " + quote(prefix.get().string()));
    }

    private static String isAnyOf(String path, List<RawValue> values) throws Fault {
        if (values.isEmpty() || values.size() > MAX_VALUES) {
            throw new Fault("must name from 1 to %d values".formatted(MAX_VALUES));
        }
        List<String> comparisons = new ArrayList<>();
        for (RawValue value : values) {
            comparisons.add("@ == " + literal(value));
        }
        return exists(path, String.join(" || ", comparisons));
    }

    private static String exists(String path, String predicate) {
        return "exists(" + path + " ? (" + predicate + "))";
    }

    private static String literal(RawValue value) throws Fault {
        return switch (value.token()) {
            case VALUE_STRING -> quote(value.string());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(value.json());
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> value.json();
            default -> throw new Fault(NO_CONDITION);
        };
    }

    private static String number(String json) throws Fault {
        try {
            BigDecimal number = new BigDecimal(json);
            if (Math.abs((long) number.scale()) <= MAX_DIGITS && number.precision() <= MAX_DIGITS) {
                return number.toPlainString();
            }
        } catch (NumberFormatException tooLarge) {
            // falls through to the same answer
        }
        throw new Fault("must have numbers of at most %d digits".formatted(MAX_DIGITS));
    }

    /** A string of the path language, which escapes as JavaScript does. */
    private static String quote(String text) throws Fault {
        if (text.codePoints().anyMatch(c -> c == 0 || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new Fault("must not have U+0000, or half of a character");
        }
        return text.codePoints().mapToObj(PlayerFilter::escape).collect(Collectors.joining("", "\"", "\""));
    }

    private static String escape(int character) {
        return switch (character) {
            case '"', '\\' -> "\\" + (char) character;
            default -> character < ' ' ? "\\u%04x".formatted(character) : Character.toString(character);
        };
    }
}
