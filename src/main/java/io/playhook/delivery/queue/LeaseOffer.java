package io.playhook.delivery.queue;

import java.util.UUID;

/**
 * What a pod can take on of deliveries that are about to be inserted, so that they are leased by the insert itself and go
 * out without a claim.
 *
 * @param pod who leases; null if it can take on nothing
 * @param millis how long the leases last
 * @param madeAt by this pod's {@link io.playhook.platform.Ticker}, before the database hears of it
 * @param except webhooks that it has no room for
 */
public record LeaseOffer(UUID pod, long millis, long madeAt, Integer[] except) {}
