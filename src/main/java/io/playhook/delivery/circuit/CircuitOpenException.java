package io.playhook.delivery.circuit;

/** The circuit is open: nothing was sent, and no attempt was used up. Expected, so it carries no stack trace. */
public final class CircuitOpenException extends RuntimeException {

    CircuitOpenException() {
        super("The circuit is open", null, false, false);
    }
}
