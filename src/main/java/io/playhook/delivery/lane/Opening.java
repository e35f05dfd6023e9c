package io.playhook.delivery.lane;

/**
 * That a breaker opened here, and since when the database knows: its word that the circuit is closed counts only if it is
 * newer. Thread-safe.
 */
final class Opening {

    private enum State {
        NONE,
        UNTOLD,
        TOLD
    }

    private State state = State.NONE;
    private long toldAt;

    /** The breaker has opened; the database does not know yet. */
    synchronized void begin() {
        state = State.UNTOLD;
    }

    /** The database knows. */
    synchronized void told(long now) {
        toldAt = now;
        state = State.TOLD;
    }

    /** The database could not be told. */
    synchronized void failed() {
        state = State.NONE;
    }

    /** Whether the circuit has been closed again, where a look at the database that began then found it so. */
    synchronized boolean isOver(long asOf) {
        if (state != State.TOLD || asOf - toldAt <= 0) {
            return false;
        }
        state = State.NONE;
        return true;
    }
}
