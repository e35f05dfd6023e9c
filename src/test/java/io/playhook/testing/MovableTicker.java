package io.playhook.testing;

import java.time.Duration;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;

import io.playhook.platform.Ticker;

/** The time that passes, and however much more a test wants to have passed. */
@Alternative
@Priority(1)
@Singleton
public class MovableTicker implements Ticker {

    private volatile long ahead;

    @Override
    public long nanos() {
        return System.nanoTime() + ahead;
    }

    /** Lets time pass. There is no way back. */
    public void advance(Duration by) {
        ahead += by.toNanos();
    }
}
