package io.playhook.delivery;

import java.time.Instant;
import java.util.UUID;

/**
 * What a pod can take on of deliveries that are about to be inserted, so that they are leased by the insert itself and go
 * out without a claim.
 *
 * @param pod who leases; null if it can take on nothing
 * @param until when the leases end
 * @param except webhooks that it has no room for
 */
public record LeaseOffer(UUID pod, Instant until, Integer[] except) {}
