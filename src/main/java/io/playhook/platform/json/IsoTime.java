package io.playhook.platform.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Reads times as the API spells them: ISO 8601 with an offset. */
public final class IsoTime {

    // Years of four digits, as RFC 3339 has them. Java reads others too, but PostgreSQL can't keep all of those: such a
    // time would come back as another one.
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private IsoTime() {}

    /** The time in whole microseconds, as the database keeps it; empty if it is none of the years 1 to 9999. */
    public static Optional<Instant> parse(String text) {
        try {
            Instant time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            return Optional.of(time).filter(t -> !t.isBefore(EARLIEST) && !t.isAfter(LATEST));
        } catch (DateTimeException notATime) {
            return Optional.empty();
        }
    }
}
