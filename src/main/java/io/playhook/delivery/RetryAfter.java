package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Reads the header {@code Retry-After} (RFC 9110, 10.2.3): seconds, or a date. */
final class RetryAfter {

    private static final int MAX_DIGITS = 9;

    private RetryAfter() {}

    /** How long to stay away; empty if the header is missing, in the past, or makes no sense. */
    static Optional<Duration> parse(String header, Instant now) {
        if (header == null || header.isBlank()) {
            return Optional.empty();
        }
        String text = header.strip();
        Optional<Duration> wait = text.chars().allMatch(c -> c >= '0' && c <= '9') ? seconds(text) : until(text, now);
        return wait.filter(d -> !d.isNegative() && !d.isZero());
    }

    private static Optional<Duration> seconds(String digits) {
        // More digits than an int has are decades: the longest wait that there is.
        long seconds = digits.length() > MAX_DIGITS ? Integer.MAX_VALUE : Long.parseLong(digits);
        return Optional.of(Duration.ofSeconds(seconds));
    }

    private static Optional<Duration> until(String date, Instant now) {
        try {
            Instant then = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, then));
        } catch (DateTimeParseException garbage) {
            return Optional.empty();
        }
    }
}
