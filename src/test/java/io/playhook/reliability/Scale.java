package io.playhook.reliability;

import java.time.Duration;

/** How much is done: little with every build, much where {@code -Preliability} asks for it. */
final class Scale {

    /** How often each fault is made. */
    static final int ROUNDS = Integer.getInteger("playhook.reliability.rounds", 1);

    static final boolean IS_LONG = ROUNDS > 1;

    private Scale() {}

    static Duration of(Duration shortForm, Duration longForm) {
        return IS_LONG ? longForm : shortForm;
    }
}
