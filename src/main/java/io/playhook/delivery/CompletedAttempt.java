package io.playhook.delivery;

/**
 * An attempt that was made for a delivery, with what follows from it.
 *
 * @param endedAt when the attempt ended, by this pod's {@link io.playhook.platform.Ticker}
 */
public record CompletedAttempt(Delivery delivery, Attempt attempt, NextStep nextStep, long endedAt) {}
