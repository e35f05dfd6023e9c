package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;

/**
 * One HTTP request made for a delivery.
 *
 * @param number counted from 1 for each delivery
 * @param responseBody what was kept of the answer: 4 KiB at most, empty if there was none
 */
public record Attempt(int number, Instant startedAt, Duration duration, AttemptOutcome outcome, byte[] responseBody) {}
