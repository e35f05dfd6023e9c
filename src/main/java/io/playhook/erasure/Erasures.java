package io.playhook.erasure;

import java.time.Duration;
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

import io.playhook.erasure.ErasureStore.Step;
import io.playhook.organization.OrganizationDeletion;
import io.playhook.platform.Ticker;
import io.playhook.platform.WakeUps;
import io.playhook.platform.WakeUps.Seen;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.webhook.WebhookChanges;

/**
 * Begins erasures and keeps them going, a few thousand events at a time: whichever pod comes to one takes it further. Where the pod
 * that began it has died, the others find it at their next look.
 */
@ApplicationScoped
class Erasures implements OrganizationDeletion {

    private static final Logger LOG = Logger.getLogger(Erasures.class);
    private static final Duration SHORTEST = Duration.ofMillis(20);

    /** How soon a pod looks again for what others have begun, and for what has to wait. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration PATIENCE_WITH_A_ROUND = Duration.ofSeconds(60);

    private final ErasureStore store;
    private final WebhookChanges changes;
    private final Vertx vertx;
    private final WakeUps wakeUps;
    private volatile boolean closing;

    Erasures(ErasureStore store, WebhookChanges changes, Ticker ticker, Vertx vertx) {
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

    /** Erases the content of a player's events, soon; gives how many have any. */
    Uni<Long> ofPlayer(int organizationId, String playerUuid) {
        return store.begin(organizationId, playerUuid).invoke(events -> {
            LOG.infof("The content of %d events of organization %d is erased", events, organizationId);
            wakeUps.now();
        });
    }

    @Override
    public Uni<Void> delete(int organizationId) {
        return store.delete(organizationId)
                .call(changes::announce)
                .invoke(webhooks -> {
                    LOG.infof("Organization %d is deleted, with %d webhooks", organizationId, webhooks.size());
                    wakeUps.now();
                })
                .replaceWithVoid();
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

    private Uni<Seen> advance(List<Integer> running) {
        return Multi.createFrom()
                .iterable(running)
                .onItem()
                .transformToUniAndConcatenate(this::advance)
                .collect()
                .asList()
                .map(steps -> new Seen(steps.contains(true), Optional.empty()));
    }

    /** Says whether there is more to do at once. */
    private Uni<Boolean> advance(int id) {
        return store.advance(id)
                .map(step -> step.orElse(Step.WAIT))
                // Whoever holds deliveries of a webhook that changed gives them back.
                .call(step -> changes.announce(step.held()))
                .map(Step::more)
                .onFailure()
                .invoke(fault -> {
                    if (!DatabaseFault.isUnavailable(fault)) {
                        LOG.warnf("Erasure %d does not get on: %s", id, fault.getMessage());
                    }
                })
                .onFailure()
                .recoverWithItem(false);
    }
}
