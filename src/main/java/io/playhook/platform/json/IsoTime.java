package io.playhook.platform.json;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times as the API spells them: ISO 8601 with an offset. */
public final class IsoTime {

    // Years of four digits, as RFC 3339 has them. Java reads others too, but PostgreSQL can't keep all of those: such a
    // time would come back as another one.
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    /** Java knows no offset beyond 18 hours; RFC 3339 has them up to a minute before 24. */
    private static final Pattern WITH_OFFSET = Pattern.compile("(.+)([+-])([01]\\d|2[0-3]):([0-5]\\d)");

    private IsoTime() {}

    /** The time in whole microseconds, as the database keeps it; empty if it is none of the years 1 to 9999. */
    public static Optional<Instant> parse(String text) {
        try {
            Instant time = instant(text).truncatedTo(ChronoUnit.MICROS);
            return Optional.of(time).filter(t -> !t.isBefore(EARLIEST) && !t.isAfter(LATEST));
        } catch (DateTimeException notATime) {
            return Optional.empty();
        }
    }

    private static Instant instant(String text) {
        Matcher offset = WITH_OFFSET.matcher(text);
        if (!offset.matches()) {
            return OffsetDateTime.parse(text).toInstant();
        }
        Duration ahead =
                Duration.ofHours(Integer.parseInt(offset.group(3))).plusMinutes(Integer.parseInt(offset.group(4)));
        Instant local = LocalDateTime.parse(offset.group(1)).toInstant(ZoneOffset.UTC);
        return offset.group(2).equals("-") ? local.plus(ahead) : local.minus(ahead);
    }
}
