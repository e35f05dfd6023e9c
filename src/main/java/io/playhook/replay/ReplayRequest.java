package io.playhook.replay;

import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.webhook.EventType;

/**
 * A request to send a window of time again.
 *
 * @param until before which time; empty for now
 * @param kinds what of it is sent
 * @param types of which events; empty for all
 * @param rateLimit how many a second at most
 */
record ReplayRequest(
        Instant since, Optional<Instant> until, Set<Kind> kinds, Set<EventType> types, OptionalDouble rateLimit) {

    /** What is sent unless the request says: what was given up. */
    private static final Set<Kind> DEFAULT_KINDS = EnumSet.of(Kind.FAILED);

    private static final double MAX_RATE = 100_000;

    /** What may be sent again. */
    enum Kind {
        FAILED,
        CANCELED,
        DELIVERED,
        /** Events that have no delivery to the webhook: it was registered later, or did not subscribe to their type then. */
        MISSING;

        static final String ALL = Arrays.stream(values()).map(Kind::toString).collect(Collectors.joining(", "));

        static Optional<Kind> of(String spelling) {
            return Arrays.stream(values())
                    .filter(kind -> kind.toString().equals(spelling))
                    .findFirst();
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads a body; throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong. */
    static ReplayRequest read(RawObject body) {
        FieldErrors errors = new FieldErrors();
        errors.optionalString(body, "auth_token");
        Optional<Instant> since = errors.requiredTime(body, "since");
        Optional<Instant> until = errors.optionalTime(body, "until");
        if (since.isPresent() && until.isPresent() && !since.get().isBefore(until.get())) {
            errors.add("until", "must be later than since");
        }
        Set<Kind> kinds = errors.names(body, "status", Kind::of, Kind.ALL);
        Set<EventType> types = errors.names(body, "types", EventType::of, EventType.ALL);
        OptionalDouble rateLimit = rateLimit(body, errors);
        errors.throwIfAny();
        return new ReplayRequest(since.orElseThrow(), until, kinds.isEmpty() ? DEFAULT_KINDS : kinds, types, rateLimit);
    }

    private static OptionalDouble rateLimit(RawObject body, FieldErrors errors) {
        Optional<RawValue> value = body.value("rate_limit");
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        double rate =
                value.get().token().isNumeric() ? Double.parseDouble(value.get().json()) : 0;
        if (rate < 0.001 || rate > MAX_RATE) {
            errors.add("rate_limit", "must be a number of deliveries a second, from 0.001 to 100000");
        }
        return OptionalDouble.of(rate);
    }
}
