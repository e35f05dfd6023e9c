package io.playhook.delivery.request;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads the header {@code Retry-After} (RFC 9110, 10.2.3): seconds, or a date. What some servers send instead is read as it
 * is meant where that is clear: parts of a second, a Unix time, a date in ISO 8601 or with another zone.
 */
final class RetryAfter {

    private static final Pattern SECONDS = Pattern.compile("\\d+(\\.\\d{1,9})?");

    /** From here on a number is a Unix time: as a wait, it would be 31 years. */
    private static final double FIRST_UNIX_TIME = 1e9;

    /** From here on it is one in milliseconds. */
    private static final double FIRST_UNIX_TIME_IN_MILLIS = 1e12;

    /** From here on it is a wait again, without an end: no clock shows that. */
    private static final double LAST_UNIX_TIME_IN_MILLIS = 1e15;

    /** The forms of a date: today's in HTTP (RFC 9110, 5.6.7), ISO 8601, and two obsolete ones, which are in UTC. */
    private static final List<Function<String, Instant>> FORMS = List.of(
            date -> OffsetDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant(),
            date -> OffsetDateTime.parse(date).toInstant(),
            utc("EEEE, dd-MMM-yy HH:mm:ss 'GMT'"),
            utc("EEE MMM ppd HH:mm:ss yyyy"));

    private RetryAfter() {}

    private static Function<String, Instant> utc(String pattern) {
        DateTimeFormatter form = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
        return date -> LocalDateTime.parse(date, form).toInstant(ZoneOffset.UTC);
    }

    /** How long to stay away; empty if the header is missing, in the past, or makes no sense. */
    static Optional<Duration> parse(String header, Instant now) {
        if (header == null || header.isBlank()) {
            return Optional.empty();
        }
        String text = header.strip();
        Optional<Duration> wait = SECONDS.matcher(text).matches() ? number(text, now) : until(text, now);
        return wait.filter(d -> !d.isNegative() && !d.isZero());
    }

    private static Optional<Duration> number(String text, Instant now) {
        double number = Double.parseDouble(text);
        if (number < FIRST_UNIX_TIME) {
            return Optional.of(Duration.ofMillis(Math.round(number * 1_000)));
        }
        if (number > LAST_UNIX_TIME_IN_MILLIS) {
            return Optional.of(Duration.ofSeconds(Integer.MAX_VALUE));
        }
        long millis = Math.round(number < FIRST_UNIX_TIME_IN_MILLIS ? number * 1_000 : number);
        return Optional.of(Duration.between(now, Instant.ofEpochMilli(millis)));
    }

    private static Optional<Duration> until(String date, Instant now) {
        for (Function<String, Instant> form : FORMS) {
            try {
                return Optional.of(Duration.between(now, form.apply(date)));
            } catch (DateTimeParseException notThisForm) {
                // The next may fit.
            }
        }
        return Optional.empty();
    }
}
