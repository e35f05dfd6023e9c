package io.playhook.delivery.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.smallrye.mutiny.Uni;

/** What is due is what a test says; what is done about it is noted. */
public final class ScriptedDueWebhooks extends DueWebhooks {

    /** When the next thing comes due, as each look sees. */
    public static final Optional<Duration> NEXT = Optional.of(Duration.ofSeconds(1));

    private final List<List<Integer>> putOff = new ArrayList<>();
    private final List<List<Integer>> canceled = new ArrayList<>();
    private int freed;
    private Uni<Due> due = is(Map.of(), true);
    private Uni<Integer> canceling = Uni.createFrom().item(1);

    public ScriptedDueWebhooks() {
        super(null);
    }

    /** Has each look at the queue see this. */
    public void see(Map<Integer, Task> tasks, boolean complete) {
        due = is(tasks, complete);
    }

    /** Has each look at the queue fail. */
    public void fail(Throwable fault) {
        due = Uni.createFrom().failure(fault);
    }

    /** Has each cancellation end so. */
    public void canceling(Uni<Integer> result) {
        canceling = result;
    }

    /** The webhooks that were put off, each time. */
    public List<List<Integer>> putOff() {
        return putOff;
    }

    /** The webhooks whose deliveries were canceled, each time. */
    public List<List<Integer>> canceled() {
        return canceled;
    }

    /** How often lapsed leases were ended. */
    public int freed() {
        return freed;
    }

    private static Uni<Due> is(Map<Integer, Task> tasks, boolean complete) {
        return Uni.createFrom().item(new Due(new LinkedHashMap<>(tasks), complete, NEXT));
    }

    @Override
    public Uni<Due> findDue(Collection<Integer> except, int notes, Duration horizon) {
        return due;
    }

    @Override
    public Uni<Integer> freeLapsed(int limit) {
        freed++;
        return Uni.createFrom().item(0);
    }

    @Override
    public Uni<Void> putOff(Collection<Integer> webhookIds) {
        putOff.add(List.copyOf(webhookIds));
        return Uni.createFrom().voidItem();
    }

    @Override
    public Uni<Integer> cancel(Collection<Integer> webhookIds, int limit) {
        canceled.add(List.copyOf(webhookIds));
        return canceling;
    }
}
