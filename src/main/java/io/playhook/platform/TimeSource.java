package io.playhook.platform;

import java.time.Clock;
import java.time.InstantSource;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Hands the time to whoever needs it, so that a test can move it. */
class TimeSource {

    @Produces
    @Singleton
    InstantSource systemTime() {
        return Clock.systemUTC();
    }
}
