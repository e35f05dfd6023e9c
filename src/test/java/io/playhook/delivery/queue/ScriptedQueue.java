package io.playhook.delivery.queue;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.Delivery;
import io.playhook.platform.Ids;

/** Gives what a test says, once, whatever is claimed. */
public final class ScriptedQueue extends DeliveryQueue {

    private final List<Claim> claims = new ArrayList<>();
    private Claimed next = nothing();

    public ScriptedQueue() {
        super(null, null, null, null, new Ids(InstantSource.system()));
    }

    /** Has the next claim get this. */
    public void give(List<Delivery> deliveries) {
        next = new Claimed(deliveries, Set.of());
    }

    /** What was asked for. */
    public List<Claim> claims() {
        return claims;
    }

    private static Claimed nothing() {
        return new Claimed(List.of(), Set.of());
    }

    @Override
    public Uni<Claimed> claimDue(Claim claim) {
        claims.add(claim);
        Claimed claimed = next;
        next = nothing();
        return Uni.createFrom().item(claimed);
    }
}
