package io.playhook.platform;

/**
 * A clock that only ever goes forward, and says nothing but how much time has passed. Whatever is a duration goes by it: the
 * wall clock is set back and forth by others.
 */
@FunctionalInterface
public interface Ticker {

    /** Nanoseconds since some moment; good for differences alone. */
    long nanos();
}
