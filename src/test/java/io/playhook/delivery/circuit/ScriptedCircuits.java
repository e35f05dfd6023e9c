package io.playhook.delivery.circuit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.smallrye.mutiny.Uni;

/** Who asks for probes gets what a test says. */
public final class ScriptedCircuits extends Circuits {

    private final List<List<Integer>> asked = new ArrayList<>();
    private final List<Map<Integer, UUID>> givenBack = new ArrayList<>();
    private Uni<Map<Integer, UUID>> probes = Uni.createFrom().item(Map.of());

    public ScriptedCircuits() {
        super(null, null, null);
    }

    /** Has each who asks get these. */
    public void give(Uni<Map<Integer, UUID>> taken) {
        probes = taken;
    }

    /** For which webhooks probes were asked for, each time. */
    public List<List<Integer>> asked() {
        return asked;
    }

    /** The probes that were given back, each time. */
    public List<Map<Integer, UUID>> givenBack() {
        return givenBack;
    }

    @Override
    public Uni<Map<Integer, UUID>> takeProbes(Collection<Integer> webhookIds) {
        asked.add(List.copyOf(webhookIds));
        return probes;
    }

    @Override
    public Uni<Void> giveProbesBack(Map<Integer, UUID> unused) {
        givenBack.add(Map.copyOf(unused));
        return Uni.createFrom().voidItem();
    }
}
