package io.playhook.organization;

import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawArray;
import io.playhook.platform.json.RawObject;

/** Reads the bodies of the admin API. */
final class AdminRequests {

    private static final int MAX_NAME = 200;

    private AdminRequests() {}

    record NewOrganization(String name, Integer parentId) {

        static NewOrganization read(RawObject body) {
            FieldErrors errors = new FieldErrors();
            Optional<String> name = errors.requiredString(body, "name");
            if (name.filter(n -> n.isBlank() || n.codePointCount(0, n.length()) > MAX_NAME)
                    .isPresent()) {
                errors.add("name", "must have from 1 to %d characters".formatted(MAX_NAME));
            }
            Integer parentId = parentId(body, errors);
            errors.throwIfAny();
            return new NewOrganization(name.orElseThrow(), parentId);
        }

        private static Integer parentId(RawObject body, FieldErrors errors) {
            Optional<RawObject.RawValue> value = body.value("parent_id");
            try {
                return value.map(v -> Integer.valueOf(v.json())).orElse(null);
            } catch (NumberFormatException e) {
                errors.add("parent_id", "must be an integer");
                return null;
            }
        }
    }

    record NewToken(Set<Scope> scopes, Instant expiresAt) {

        static NewToken read(RawObject body, InstantSource clock) {
            FieldErrors errors = new FieldErrors();
            Set<Scope> scopes = scopes(body, errors);
            Instant expiresAt = expiresAt(body, errors);
            if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
                errors.add("expires_at", "must be in the future");
            }
            errors.throwIfAny();
            return new NewToken(scopes, expiresAt);
        }

        private static Set<Scope> scopes(RawObject body, FieldErrors errors) {
            Optional<RawObject.RawValue> value = body.value("scopes");
            if (value.isEmpty() || value.get().token() != JsonToken.START_ARRAY) {
                errors.add("scopes", value.isEmpty() ? "is required" : "must be an array of scopes");
                return Set.of();
            }
            Set<Scope> scopes = EnumSet.noneOf(Scope.class);
            RawArray.parse(value.get().json())
                    .forEach((index, element) -> Optional.ofNullable(element.string())
                            .flatMap(Scope::of)
                            .ifPresentOrElse(
                                    scopes::add,
                                    () -> errors.add(
                                            "scopes[%d]".formatted(index),
                                            "is no scope: " + FieldErrors.abbreviate(element.json()))));
            if (scopes.isEmpty() && errors.isEmpty()) {
                errors.add("scopes", "must name at least one scope");
            }
            return scopes;
        }

        private static Instant expiresAt(RawObject body, FieldErrors errors) {
            return errors.optionalTime(body, "expires_at").orElse(null);
        }
    }
}
