package io.playhook.delivery;

/** An attempt that was made for a delivery, with what follows from it. */
public record CompletedAttempt(Delivery delivery, Attempt attempt, NextStep nextStep) {}
