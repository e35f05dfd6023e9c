package io.playhook.delivery.worker;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.lane.Lane;
import io.playhook.delivery.lane.Lanes;
import io.playhook.delivery.lane.Pods;
import io.playhook.delivery.queue.DeliveryQueue;
import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.queue.Waiting;
import io.playhook.platform.Ticker;
import io.playhook.platform.WakeUps;
import io.playhook.platform.WakeUps.Seen;
import io.playhook.webhook.WebhookChanges;

/**
 * Keeps deliveries going: those that were leased as their event was accepted are sent at once, and a {@link DeliveryRound}
 * is made at a steady pace, and at once where this pod knows of something.
 */
@ApplicationScoped
public class DeliveryWorker {

    private static final Logger LOG = Logger.getLogger(DeliveryWorker.class);
    private static final long FORGET_EVERY_MS = 600_000;

    /** What one publish may lease, for each webhook and in all: as much as a round would. */
    private static final int OFFERED_OF_EACH = 200;

    private static final int OFFERED = 1_000;

    /** A lease is much longer. */
    private static final long FREE_EVERY_MS = 2_000;

    /** How much longer the pause between two rounds is where nothing comes due: what does so is known before. */
    private static final int IDLE_PAUSES = 4;

    /** A round takes milliseconds. */
    private static final Duration PATIENCE_WITH_A_ROUND = Duration.ofSeconds(5);

    private final DeliveryQueue queue;
    private final Lanes lanes;
    private final Pods pods;
    private final DeliveryRound round;
    private final Intake intake;
    private final Handover handover;
    private final WebhookChanges changes;
    private final DeliveryConfig config;
    private final Ticker ticker;
    private final Vertx vertx;
    private final Duration longestPause;
    private final WakeUps wakeUps;
    private volatile boolean closing;

    // Where everything that feeds the lanes meets.
    DeliveryWorker(
            DeliveryQueue queue,
            Lanes lanes,
            Pods pods,
            DeliveryRound round,
            Intake intake,
            Handover handover,
            WebhookChanges changes,
            DeliveryConfig config,
            Ticker ticker,
            Vertx vertx) {
        this.queue = queue;
        this.lanes = lanes;
        this.pods = pods;
        this.round = round;
        this.intake = intake;
        this.handover = handover;
        this.changes = changes;
        this.config = config;
        this.ticker = ticker;
        this.vertx = vertx;
        this.longestPause = config.pollInterval().multipliedBy(IDLE_PAUSES);
        this.wakeUps = new WakeUps(
                this::makeRound, this::after, ticker, PATIENCE_WITH_A_ROUND, config.pollInterval(), longestPause);
    }

    // Before the pods are counted, so that it hears of that.
    void start(@Observes @Priority(1) StartupEvent event) {
        lanes.onDue(wakeUps::in);
        pods.onChange(this::podsChanged);
        lanes.onForOthers(handover::toOthers);
        changes.listen(this::webhookChanged);
        changes.listenForWaiting(this::lookFor);
        vertx.setPeriodic(FREE_EVERY_MS, timer -> freeLapsed());
        vertx.setPeriodic(FORGET_EVERY_MS, timer -> lanes.forgetUnused());
        wakeUps.now();
    }

    /** Finishes what is in flight and gives back the rest. */
    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        closing = true;
        try {
            lanes.drain().get(config.shutdownGrace().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("Attempts are still in flight; their deliveries go out again when their leases end");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What this pod can take on of the deliveries of events that are about to be published together.
     *
     * @param events how many, of each organization
     */
    public LeaseOffer leaseOffer(Map<Integer, Integer> events) {
        int ofEach = Math.min(Collections.max(events.values()), OFFERED_OF_EACH);
        Set<Integer> organizations = new HashSet<>();
        Map<Integer, Integer> narrower = new HashMap<>();
        if (maySend()) {
            events.forEach((organizationId, count) -> {
                Map<Integer, Integer> its = lanes.narrower(organizationId, Math.min(count, OFFERED_OF_EACH));
                // The list travels with the statement: who has too many such webhooks leaves them to the rounds.
                if (narrower.size() + its.size() <= OFFERED) {
                    organizations.add(organizationId);
                    narrower.putAll(its);
                }
            });
        }
        return new LeaseOffer(
                organizations,
                organizations.isEmpty() ? null : queue.pod(),
                config.lease().toMillis(),
                ticker.nanos(),
                OFFERED,
                ofEach,
                narrower);
    }

    /** Takes note of deliveries that were inserted without a lease. */
    public void queued(Waiting waiting) {
        if (!waiting.hold().isZero()) {
            wakeUps.in(waiting.hold());
        }
        if (waiting.leftOut()) {
            lanes.fallenBehind(waiting.webhookId());
            // Nothing else will make anybody look before the next round.
            if (lanes.isForOthers(waiting.webhookId())) {
                handover.toOthers(waiting.webhookId());
            } else {
                lookFor(waiting.webhookId());
            }
        }
    }

    private void lookFor(int webhookId) {
        if (maySend() && lanes.room(webhookId) > 0) {
            wakeUps.now();
        }
    }

    /** Sends deliveries that this pod has leased. */
    public void dispatch(List<Delivery> leased) {
        intake.take(leased);
    }

    private Runnable after(Duration delay, Runnable task) {
        long id = vertx.setTimer(Math.max(1, delay.toMillis()), timer -> task.run());
        return () -> vertx.cancelTimer(id);
    }

    private boolean maySend() {
        return !closing && pods.isCounted();
    }

    private Uni<Seen> makeRound() {
        return maySend() ? round.make(longestPause) : Uni.createFrom().item(new Seen(false, Optional.empty()));
    }

    private void freeLapsed() {
        if (maySend()) {
            round.freeLapsed()
                    .subscribe()
                    .with(
                            freed -> {
                                if (freed) {
                                    wakeUps.now();
                                }
                            },
                            fault -> LOG.debugf("Leases that lapsed are not freed: %s", fault.getMessage()));
        }
    }

    private void podsChanged() {
        lanes.reconsider();
        wakeUps.now();
    }

    private void webhookChanged(int webhookId) {
        Lane lane = lanes.find(webhookId);
        if (lane != null) {
            lane.changed();
        }
        wakeUps.now();
    }
}
