package io.playhook.webhook;

import java.time.Duration;
import java.util.Optional;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * A request to replace a webhook's security key.
 *
 * @param key the new one; empty if one is to be made
 * @param overlap for how long the keys before it sign too
 */
record KeyRotation(Optional<SecurityKey> key, Duration overlap) {

    private static final String OVERLAP = "overlap_seconds";
    private static final Duration DEFAULT_OVERLAP = Duration.ofDays(1);
    private static final Duration MAX_OVERLAP = Duration.ofDays(7);

    /** Reads a body; throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong. */
    static KeyRotation read(RawObject body) {
        FieldErrors errors = new FieldErrors();
        errors.optionalString(body, "auth_token");
        Optional<SecurityKey> key =
                Optional.ofNullable(Registration.securityKey(errors.optionalString(body, "security_key"), errors));
        Duration overlap =
                body.value(OVERLAP).map(value -> overlap(value, errors)).orElse(DEFAULT_OVERLAP);
        errors.throwIfAny();
        return new KeyRotation(key, overlap);
    }

    private static Duration overlap(RawValue value, FieldErrors errors) {
        try {
            Duration overlap = Duration.ofSeconds(Integer.parseInt(value.json()));
            if (!overlap.isNegative() && overlap.compareTo(MAX_OVERLAP) <= 0) {
                return overlap;
            }
        } catch (NumberFormatException notAnInteger) {
            // falls through to the same answer
        }
        errors.add(OVERLAP, "must be an integer from 0 to %d".formatted(MAX_OVERLAP.toSeconds()));
        return Duration.ZERO;
    }
}
