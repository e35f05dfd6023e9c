package io.playhook.webhook;

import java.util.Optional;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawArray;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * The form of a filter: {@code {"path.in.player": value, or [values], or {"exists": bool}, or {"prefix": "…"}}}, where a
 * value is a string, a number, a boolean or null.
 */
final class FilterSyntax {

    private static final int MAX_CONDITIONS = 20;

    private FilterSyntax() {}

    /** Whether there is no filter, or one with faults, which are noted. */
    static boolean check(RawObject settings, FieldErrors errors) {
        Optional<RawValue> filter = settings.value("filter");
        if (filter.isEmpty()) {
            return true;
        }
        if (filter.get().token() != JsonToken.START_OBJECT) {
            errors.add("filter", "must be an object");
            return true;
        }
        RawObject conditions = RawObject.parse(filter.get().json());
        if (conditions.values().size() > MAX_CONDITIONS) {
            errors.add("filter", "must have at most %d conditions".formatted(MAX_CONDITIONS));
        }
        FieldErrors inFilter = new FieldErrors();
        conditions.values().forEach((path, condition) -> {
            if (path.isBlank() || !isCondition(condition)) {
                inFilter.add(path, "must be a value, an array of values, {\"exists\": bool} or {\"prefix\": \"…\"}");
            }
        });
        errors.addAll("filter", inFilter);
        return !inFilter.isEmpty()
                || conditions.values().isEmpty()
                || conditions.values().size() > MAX_CONDITIONS;
    }

    private static boolean isCondition(RawValue condition) {
        return switch (condition.token()) {
            case START_OBJECT -> isTest(RawObject.parse(condition.json()));
            case START_ARRAY ->
                RawArray.parse(condition.json()).elements().stream()
                        .allMatch(element -> element.token().isScalarValue());
            default -> true;
        };
    }

    private static boolean isTest(RawObject test) {
        boolean exists = test.value("exists").filter(v -> v.token().isBoolean()).isPresent();
        boolean prefix = test.value("prefix").filter(v -> v.string() != null).isPresent();
        return test.values().size() == 1 && (exists || prefix);
    }
}
