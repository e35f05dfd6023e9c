package io.playhook.delivery.circuit;

import java.util.Locale;

/** Where a circuit stands. */
public enum CircuitState {
    /** Deliveries flow. */
    CLOSED,
    /** Nothing is sent until the hold is over. */
    OPEN,
    /** A single probe is out. */
    HALF_OPEN;

    /** The state that the database spells so; closed where there is no row. */
    public static CircuitState of(String spelling) {
        return spelling == null ? CLOSED : valueOf(spelling.toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
