package io.playhook.delivery.queue;

import java.time.Duration;

/**
 * Deliveries of one webhook that were inserted without a lease.
 *
 * @param hold how long they may have to wait for newer ones to take their place
 * @param leftOut whether any waits for nothing but a pod that has room
 */
public record Waiting(int webhookId, Duration hold, boolean leftOut) {}
