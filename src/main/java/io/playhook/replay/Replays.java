package io.playhook.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.DeliveryListener;
import io.playhook.platform.Ticker;
import io.playhook.platform.WakeUps;
import io.playhook.platform.WakeUps.Seen;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.webhook.WebhookChanges;

/**
 * Keeps replays going: each pod takes every replay that runs a step further whenever there is cause, unless another pod is at it.
 * Where a pod that began one has died, the others find it at their next look.
 */
@ApplicationScoped
class Replays implements DeliveryListener {

    private static final Logger LOG = Logger.getLogger(Replays.class);

    /** Deliveries that go out within this time make one round. */
    private static final Duration SHORTEST = Duration.ofMillis(20);

    /** How soon a pod finds what another has begun. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration AFTER_A_FAULT = Duration.ofSeconds(1);
    private static final Duration PATIENCE_WITH_A_ROUND = Duration.ofSeconds(60);

    private final ReplayStore store;
    private final WebhookChanges changes;
    private final Vertx vertx;
    private final Ticker ticker;
    private final WakeUps wakeUps;

    /** When to look at which replay again, by its id. */
    private final Map<Integer, Look> looks = new ConcurrentHashMap<>();

    /** Webhooks of which something that a replay sends has been tried since. */
    private final Set<Integer> attempted = ConcurrentHashMap.newKeySet();

    private volatile boolean closing;

    /** @param nextAt by this pod's ticker */
    private record Look(int webhookId, long nextAt, boolean isForAttempts) {}

    Replays(ReplayStore store, WebhookChanges changes, Ticker ticker, Vertx vertx) {
        this.store = store;
        this.changes = changes;
        this.vertx = vertx;
        this.ticker = ticker;
        this.wakeUps = new WakeUps(this::round, this::after, ticker, PATIENCE_WITH_A_ROUND, SHORTEST, LONGEST);
    }

    void start(@Observes StartupEvent event) {
        wakeUps.now();
    }

    void stop(@Observes ShutdownEvent event) {
        closing = true;
    }

    /** There is a replay that has just begun. */
    void wakeUp() {
        wakeUps.now();
    }

    @Override
    public void attempted(CompletedAttempt completed) {
        int webhookId = completed.delivery().webhookId();
        if (completed.delivery().isReplayed()
                && looks.values().stream().anyMatch(look -> look.isForAttempts() && look.webhookId() == webhookId)) {
            attempted.add(webhookId);
            wakeUps.in(SHORTEST);
        }
    }

    private Runnable after(Duration delay, Runnable task) {
        long id = vertx.setTimer(Math.max(1, delay.toMillis()), timer -> task.run());
        return () -> vertx.cancelTimer(id);
    }

    private Uni<Seen> round() {
        if (closing) {
            return Uni.createFrom().item(new Seen(false, Optional.empty()));
        }
        return store.running().chain(this::advance);
    }

    // One after the other: each could wait for a few milliseconds. In no order, so that pods meet at few.
    private Uni<Seen> advance(List<Integer> running) {
        looks.keySet().retainAll(running);
        List<Integer> shuffled = new ArrayList<>(running);
        Collections.shuffle(shuffled);
        return Multi.createFrom()
                .iterable(shuffled)
                .onItem()
                .transformToUniAndConcatenate(
                        id -> pause(id).map(Uni.createFrom()::item).orElseGet(() -> advance(id)))
                .collect()
                .asList()
                .map(pauses -> new Seen(false, pauses.stream().min(Comparator.naturalOrder())));
    }

    /** For how long a replay need not be looked at; empty if it is to be now. */
    private Optional<Duration> pause(int id) {
        Look look = looks.get(id);
        return look == null || look.isForAttempts() && attempted.remove(look.webhookId())
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(look.nextAt() - ticker.nanos()))
                        .filter(left -> !left.isNegative() && !left.isZero());
    }

    private Uni<Duration> advance(int id) {
        return store.advance(id)
                .call(step -> step.filter(done -> done.opened() > 0).isPresent()
                        ? changes.announceWaiting(List.of(step.get().replay().webhookId()))
                        : Uni.createFrom().voidItem())
                .map(step -> step.map(this::next).orElse(LONGEST))
                .onFailure()
                .invoke(fault -> {
                    if (!DatabaseFault.isUnavailable(fault)) {
                        LOG.warnf("Replay %d does not get on: %s", id, fault.getMessage());
                    }
                })
                .onFailure()
                .recoverWithItem(AFTER_A_FAULT);
    }

    private Duration next(Replay.Step step) {
        Duration pause = step.next().orElse(LONGEST);
        looks.put(
                step.replay().id(),
                new Look(step.replay().webhookId(), ticker.nanos() + pause.toNanos(), step.isForAttempts()));
        return pause;
    }
}
