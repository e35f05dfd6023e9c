package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.DeliveryQueue.Claim;
import io.playhook.delivery.DeliveryQueue.DueWebhook;
import io.playhook.delivery.circuit.CircuitState;
import io.playhook.delivery.circuit.Circuits;
import io.playhook.platform.DatabaseFault;
import io.playhook.webhook.WebhookChanges;
import io.playhook.webhook.WebhookTarget;
import io.playhook.webhook.WebhookTargets;

/**
 * Feeds the lanes: with deliveries that were leased as their event was accepted, and with those that come due later. It
 * looks at the queue at a steady pace, and at once where it knows of something.
 */
@ApplicationScoped
public class DeliveryWorker {

    private static final Logger LOG = Logger.getLogger(DeliveryWorker.class);
    private static final int CLAIM_AT_MOST = 200;
    private static final int CANCEL_AT_ONCE = 5_000;
    private static final Duration UNSENDABLE_PAUSE = Duration.ofMinutes(1);
    private static final Duration GRACE_AFTER_OUTAGE = Duration.ofSeconds(5);
    private static final long FORGET_EVERY_MS = 600_000;

    private final DeliveryQueue queue;
    private final Lanes lanes;
    private final Pods pods;
    private final Circuits circuits;
    private final WebhookTargets targets;
    private final WebhookChanges changes;
    private final DeliveryConfig config;
    private final InstantSource clock;
    private final Vertx vertx;

    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean lookAgain;
    private volatile boolean reachable;
    private volatile Instant reachableSince = Instant.EPOCH;
    private volatile boolean closing;

    // Where everything that feeds the pipeline meets.
    DeliveryWorker(
            DeliveryQueue queue,
            Lanes lanes,
            Pods pods,
            Circuits circuits,
            WebhookTargets targets,
            WebhookChanges changes,
            DeliveryConfig config,
            InstantSource clock,
            Vertx vertx) {
        this.queue = queue;
        this.lanes = lanes;
        this.pods = pods;
        this.circuits = circuits;
        this.targets = targets;
        this.changes = changes;
        this.config = config;
        this.clock = clock;
        this.vertx = vertx;
    }

    // Before the pods are counted, so that it hears of that.
    void start(@Observes @Priority(1) StartupEvent event) {
        lanes.onDue(this::wakeAt);
        pods.onChange(this::podsChanged);
        changes.listen(this::webhookChanged);
        vertx.setPeriodic(config.pollInterval().toMillis(), timer -> wake());
        vertx.setPeriodic(FORGET_EVERY_MS, timer -> lanes.forgetUnused());
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

    /** What this pod can take on of deliveries that are about to be inserted. */
    public LeaseOffer leaseOffer(Instant now) {
        return new LeaseOffer(maySend() ? queue.pod() : null, now.plus(config.lease()), lanes.behind());
    }

    /** Takes note of a delivery that was inserted without a lease. */
    public void queued(Delivery delivery, Instant dueAt, LeaseOffer offer) {
        if (dueAt.isAfter(clock.instant())) {
            wakeAt(dueAt);
        } else if (!lanes.isBehind(delivery.webhookId())
                && List.of(offer.except()).contains(delivery.webhookId())) {
            // There is room since the offer was made, and nothing else will make it look before the next round.
            wake();
        }
    }

    /** Sends deliveries that this pod has leased. */
    public void dispatch(List<Delivery> leased) {
        Map<Integer, List<Delivery>> byWebhook =
                leased.stream().filter(lanes::hold).collect(Collectors.groupingBy(Delivery::webhookId));
        if (byWebhook.isEmpty()) {
            return;
        }
        byWebhook.forEach(lanes::reserve);
        List<Integer> stale = byWebhook.entrySet().stream()
                .filter(entry -> lanes.find(entry.getKey())
                        .isStale(entry.getValue().get(0).webhookVersion()))
                .map(Map.Entry::getKey)
                .toList();
        load(stale).subscribe().with(loaded -> byWebhook.forEach(this::offer), fault -> {
            LOG.warnf("Webhooks can't be read, their deliveries are left to their leases: %s", fault.getMessage());
            byWebhook.values().forEach(deliveries -> deliveries.forEach(this::unsendable));
        });
    }

    /** Looks at the queue soon; any number of calls while it is looking make it look once more. */
    public void wake() {
        if (!maySend()) {
            return;
        }
        if (looking.compareAndSet(false, true)) {
            lookAgain = false;
            look(clock.instant()).subscribe().with(v -> looked(), this::failedToLook);
        } else {
            lookAgain = true;
            if (!looking.get()) {
                // It finished just now, and may have missed that.
                wake();
            }
        }
    }

    private boolean maySend() {
        return !closing && pods.isCounted();
    }

    private void podsChanged() {
        lanes.reconsider();
        wake();
    }

    private Uni<Void> look(Instant now) {
        return queue.findDue(now)
                .invoke(due -> reachable(now))
                .chain(due -> Uni.combine()
                        .all()
                        .unis(cancelEnded(due, now), probe(due, now), claim(due, now))
                        .discardItems());
    }

    private Uni<Void> cancelEnded(List<DueWebhook> due, Instant now) {
        List<Uni<Integer>> cancellations = due.stream()
                .filter(DueWebhook::ended)
                .map(webhook -> queue.cancel(webhook.id(), endReason(webhook), CANCEL_AT_ONCE, now)
                        .invoke(canceled -> lookAgainIf(canceled == CANCEL_AT_ONCE)))
                .toList();
        return cancellations.isEmpty()
                ? nothing()
                : Uni.join().all(cancellations).andFailFast().replaceWithVoid();
    }

    private Uni<Void> probe(List<DueWebhook> due, Instant now) {
        List<Uni<Void>> probes = due.stream()
                .filter(webhook -> !webhook.ended() && webhook.circuit() != CircuitState.CLOSED)
                .map(webhook -> probe(webhook.id(), now))
                .toList();
        return probes.isEmpty()
                ? nothing()
                : Uni.join().all(probes).andFailFast().replaceWithVoid();
    }

    private Uni<Void> probe(int webhookId, Instant now) {
        return circuits.takeProbe(webhookId, now)
                .chain(taken -> taken
                        ? queue.claimDue(claim(new Integer[] {webhookId}, new Integer[] {1}, true, now))
                                .invoke(this::dispatch)
                                .chain(claimed ->
                                        claimed.isEmpty() ? circuits.giveProbeBack(webhookId, now) : nothing())
                        : nothing());
    }

    private Uni<Void> claim(List<DueWebhook> due, Instant now) {
        Map<Integer, Integer> slots = new LinkedHashMap<>();
        Set<Integer> waiting = new HashSet<>();
        for (DueWebhook webhook : due) {
            if (!webhook.ended() && webhook.circuit() == CircuitState.CLOSED) {
                waiting.add(webhook.id());
                circuitIsClosed(webhook.id(), now);
                int room = Math.min(lanes.room(webhook.id()), CLAIM_AT_MOST);
                if (room > 0) {
                    slots.put(webhook.id(), room);
                }
            }
        }
        if (slots.isEmpty()) {
            lanes.caughtUp(waiting);
            return nothing();
        }
        Integer[] ids = slots.keySet().toArray(Integer[]::new);
        return queue.claimDue(claim(ids, slots.values().toArray(Integer[]::new), false, now))
                .invoke(claimed -> {
                    lookAgainIf(!claimed.isEmpty());
                    dispatch(claimed);
                    waiting.removeAll(exhausted(slots, claimed));
                    lanes.caughtUp(waiting);
                })
                .replaceWithVoid();
    }

    /** The webhooks of which less was claimed than there was room for: nothing more of them is due. */
    private static Set<Integer> exhausted(Map<Integer, Integer> slots, List<Delivery> claimed) {
        Map<Integer, Long> counts =
                claimed.stream().collect(Collectors.groupingBy(Delivery::webhookId, Collectors.counting()));
        return slots.keySet().stream()
                .filter(id -> counts.getOrDefault(id, 0L) < slots.get(id))
                .collect(Collectors.toSet());
    }

    private Claim claim(Integer[] webhookIds, Integer[] slots, boolean probe, Instant now) {
        // After an outage a lease may have lapsed that its holder could not help; it gets a little time to report.
        boolean settled = now.isAfter(reachableSince.plus(GRACE_AFTER_OUTAGE));
        return new Claim(webhookIds, slots, probe, now, now.plus(config.lease()), settled ? now : Instant.EPOCH);
    }

    private void reachable(Instant now) {
        if (!reachable) {
            reachable = true;
            reachableSince = now;
        }
    }

    private void circuitIsClosed(int webhookId, Instant asOf) {
        Lane lane = lanes.find(webhookId);
        if (lane != null) {
            lane.circuitIsClosed(asOf);
        }
    }

    private Uni<Void> load(List<Integer> webhookIds) {
        return webhookIds.isEmpty()
                ? nothing()
                : targets.load(webhookIds)
                        .invoke(loaded -> loaded.values().forEach(this::update))
                        .replaceWithVoid();
    }

    private void update(WebhookTarget target) {
        lanes.find(target.id()).update(target);
    }

    private void offer(int webhookId, List<Delivery> deliveries) {
        Lane lane = lanes.find(webhookId);
        if (lane.isStale(deliveries.get(0).webhookVersion())) {
            // Deleted meanwhile, or its secret can't be opened: nothing to be gained from trying at once again.
            queue.giveBack(
                            deliveries.stream().map(Delivery::id).toList(),
                            clock.instant().plus(UNSENDABLE_PAUSE))
                    .subscribe()
                    .with(v -> {}, fault -> LOG.warnf("Not given back: %s", fault.getMessage()));
            deliveries.forEach(this::unsendable);
        } else {
            lane.offer(deliveries);
        }
    }

    private void unsendable(Delivery delivery) {
        lanes.find(delivery.webhookId()).release(delivery);
    }

    private void webhookChanged(int webhookId) {
        Lane lane = lanes.find(webhookId);
        if (lane != null) {
            lane.changed();
        }
        wake();
    }

    private void wakeAt(Instant at) {
        long delay = Duration.between(clock.instant(), at).toMillis() + 1;
        if (delay <= 1) {
            wake();
        } else if (delay < config.pollInterval().toMillis()) {
            vertx.setTimer(delay, timer -> wake());
        }
    }

    private void lookAgainIf(boolean moreToDo) {
        if (moreToDo) {
            lookAgain = true;
        }
    }

    private void looked() {
        looking.set(false);
        if (lookAgain) {
            wake();
        }
    }

    private void failedToLook(Throwable fault) {
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("The database can't be reached; deliveries wait: %s", fault.getMessage());
        } else {
            LOG.error("The queue can't be looked at", fault);
        }
        reachable = false;
        // The steady pace tries again; at once would be a storm.
        looking.set(false);
    }

    private static String endReason(DueWebhook webhook) {
        return webhook.statusReason() == null
                ? "the webhook was deleted"
                : "the webhook was disabled: " + webhook.statusReason();
    }

    private static Uni<Void> nothing() {
        return Uni.createFrom().voidItem();
    }
}
