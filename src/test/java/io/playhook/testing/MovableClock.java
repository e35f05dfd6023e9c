package io.playhook.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;

/** The time, and however much later a test wants it to be. */
@Alternative
@Priority(1)
@Singleton
public class MovableClock implements InstantSource {

    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS).plus(ahead);
    }

    /** Moves the time forward. */
    public void advance(Duration by) {
        ahead = ahead.plus(by);
    }

    /** Back to the time of the system. */
    public void reset() {
        ahead = Duration.ZERO;
    }
}
