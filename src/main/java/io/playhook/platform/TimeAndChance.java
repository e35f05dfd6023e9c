package io.playhook.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Hands time and chance to whoever needs them, so that a test can choose them. */
class TimeAndChance {

    @Produces
    @Singleton
    InstantSource systemTime() {
        // In microseconds, as PostgreSQL keeps them: a time reads the same before and after it was stored.
        return Clock.tick(Clock.systemUTC(), Duration.ofNanos(1_000));
    }

    @Produces
    @Singleton
    Ticker ticker() {
        return System::nanoTime;
    }

    /** For jitter and trace ids; not for secrets. Each thread draws from its own generator. */
    @Produces
    @Singleton
    RandomGenerator random() {
        return () -> java.util.concurrent.ThreadLocalRandom.current().nextLong();
    }
}
