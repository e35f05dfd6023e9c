package io.playhook.platform;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

import jakarta.inject.Singleton;

/**
 * Makes UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of the part of a millisecond (its method 3), 62 random bits. Those
 * of one pod sort in the order in which they were made.
 */
@Singleton
public class Ids {

    /** A number as an id in a path, for {@code @Path}: one spelling for each, in ASCII digits, and none for zero. */
    public static final String NUMBER = "[1-9][0-9]{0,9}";

    /** A UUID in a path, for {@code @Path}. */
    public static final String UUID_FORM =
            "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

    private static final int FRACTIONS = 4_096;
    private static final int NANOS_OF_MILLI = 1_000_000;
    private static final long VERSION = 0x7000;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    /** A clock that went back by less than this is waited for, in the order of ids; by more, it was wrong before. */
    private static final long MOST_AHEAD = 10_000L * FRACTIONS;

    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock;
    private long last;

    public Ids(InstantSource clock) {
        this.clock = clock;
    }

    /** A new id; never the same twice, on any pod. */
    public UUID next() {
        long time = nextTime();
        long high = time / FRACTIONS << 16 | VERSION | time % FRACTIONS;
        return new UUID(high, random.nextLong() >>> 2 | VARIANT);
    }

    /** In fractions of a millisecond; each once. */
    private synchronized long nextTime() {
        Instant now = clock.instant();
        long time =
                now.toEpochMilli() * FRACTIONS + (long) (now.getNano() % NANOS_OF_MILLI) * FRACTIONS / NANOS_OF_MILLI;
        last = last - time > MOST_AHEAD ? time : Math.max(time, last + 1);
        return last;
    }
}
