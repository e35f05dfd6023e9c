package io.playhook.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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
    private final WakeUps wakeUps;
    private volatile boolean closing;

    Replays(ReplayStore store, WebhookChanges changes, Ticker ticker, Vertx vertx) {
        this.store = store;
        this.changes = changes;
        this.vertx = vertx;
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
        if (completed.delivery().isReplayed()) {
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

    // One after the other: a replay is nothing that could not wait for a few milliseconds. In no order, so that pods
    // don't wait at
    // the same one.
    private Uni<Seen> advance(List<Integer> running) {
        if (running.isEmpty()) {
            return Uni.createFrom().item(new Seen(false, Optional.empty()));
        }
        List<Integer> shuffled = new ArrayList<>(running);
        Collections.shuffle(shuffled);
        return Multi.createFrom()
                .iterable(shuffled)
                .onItem()
                .transformToUniAndConcatenate(this::advance)
                .collect()
                .asList()
                .map(pauses -> new Seen(false, Optional.of(Collections.min(pauses))));
    }

    private Uni<Duration> advance(int id) {
        return store.advance(id)
                .call(step -> step.filter(done -> done.opened() > 0).isPresent()
                        ? changes.announceWaiting(List.of(step.get().replay().webhookId()))
                        : Uni.createFrom().voidItem())
                .map(step -> step.flatMap(Replay.Step::next).orElse(LONGEST))
                .onFailure()
                .invoke(fault -> {
                    if (!DatabaseFault.isUnavailable(fault)) {
                        LOG.warnf("Replay %d does not get on: %s", id, fault.getMessage());
                    }
                })
                .onFailure()
                .recoverWithItem(AFTER_A_FAULT);
    }
}
