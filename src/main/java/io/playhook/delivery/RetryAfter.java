package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the header {@code Retry-After} (RFC 9110, 10.2.3): seconds, or a date. */
final class RetryAfter {

    private static final int MAX_DIGITS = 9;

    /** The three forms of a date in HTTP (RFC 9110, 5.6.7), all in UTC: today's, and two obsolete ones. */
    private static final List<DateTimeFormatter> FORMS = List.of(
            DateTimeFormatter.RFC_1123_DATE_TIME,
            form("EEEE, dd-MMM-yy HH:mm:ss 'GMT'"),
            form("EEE MMM ppd HH:mm:ss yyyy"));

    private RetryAfter() {}

    private static DateTimeFormatter form(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

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
        for (DateTimeFormatter form : FORMS) {
            try {
                Instant then = LocalDateTime.parse(date, form).toInstant(ZoneOffset.UTC);
                return Optional.of(Duration.between(now, then));
            } catch (DateTimeParseException notThisForm) {
                // The next may fit.
            }
        }
        return Optional.empty();
    }
}
