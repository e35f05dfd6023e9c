package io.playhook.delivery.queue;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a pod can take on of deliveries that are about to be inserted, so that they are leased by the insert itself and go
 * out without a claim. What it leaves is claimed like all else.
 *
 * @param organizations of whose deliveries
 * @param pod who leases; null if it can take on nothing
 * @param millis how long the leases last
 * @param madeAt by this pod's {@link io.playhook.platform.Ticker}, before the database hears of it
 * @param slots how many deliveries in all
 * @param slotsOfEach how many deliveries of one webhook
 * @param narrower of the webhooks that it has room for fewer of: for how many
 */
public record LeaseOffer(
        Set<Integer> organizations,
        UUID pod,
        long millis,
        long madeAt,
        int slots,
        int slotsOfEach,
        Map<Integer, Integer> narrower) {}
