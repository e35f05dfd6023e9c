package io.playhook.delivery.worker;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.jboss.logging.Logger;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.circuit.Circuits;
import io.playhook.delivery.lane.Lane;
import io.playhook.delivery.lane.Lanes;
import io.playhook.delivery.queue.DeliveryQueue;
import io.playhook.delivery.queue.DeliveryQueue.Claim;
import io.playhook.delivery.queue.DeliveryQueue.Claimed;
import io.playhook.delivery.queue.DueWebhooks;
import io.playhook.delivery.queue.DueWebhooks.Due;
import io.playhook.delivery.queue.DueWebhooks.Task;
import io.playhook.platform.Ticker;
import io.playhook.platform.WakeUps.Seen;
import io.playhook.platform.database.DatabaseFault;

/** One look at the queue: finds what is due, and does of it what this pod has room for. */
@ApplicationScoped
class DeliveryRound {

    private static final Logger LOG = Logger.getLogger(DeliveryRound.class);

    // What one statement may touch: so much is done in milliseconds, and what is left is done in the next round.
    // No more notes than slots: each webhook gets one.
    private static final int NOTES = 1_000;
    private static final int SLOTS_FOR_EACH = 200;
    private static final int SLOTS = 1_000;
    private static final long BYTES = 16 * 1024 * 1024;
    private static final int PROBES = 200;
    private static final int CANCELLATIONS = 5_000;
    private static final int LAPSED = 1_000;

    private static final Duration GRACE_AFTER_OUTAGE = Duration.ofSeconds(5);

    private final DueWebhooks webhooks;
    private final DeliveryQueue queue;
    private final Circuits circuits;
    private final Lanes lanes;
    private final Intake intake;
    private final Ticker ticker;

    private final AtomicBoolean canceling = new AtomicBoolean();
    private final AtomicBoolean probing = new AtomicBoolean();
    private final AtomicBoolean puttingOff = new AtomicBoolean();

    /** Since when the database is there, by the ticker; null while it is away. */
    private volatile Long reachableSince;

    DeliveryRound(
            DueWebhooks webhooks, DeliveryQueue queue, Circuits circuits, Lanes lanes, Intake intake, Ticker ticker) {
        this.webhooks = webhooks;
        this.queue = queue;
        this.circuits = circuits;
        this.lanes = lanes;
        this.intake = intake;
        this.ticker = ticker;
    }

    /**
     * Makes a round.
     *
     * @param horizon how far to look ahead for what comes due next
     */
    Uni<Seen> make(Duration horizon) {
        long askedAt = ticker.nanos();
        return webhooks.findDue(lanes.full(), NOTES, horizon)
                .invoke(due -> reachable(askedAt))
                .chain(due -> handle(due, askedAt).map(more -> new Seen(more, next(due))))
                .onFailure()
                .invoke(this::failed);
    }

    /**
     * Ends leases whose time is over, such as those of pods that were killed. After an outage a lease may have lapsed that
     * its holder could not help: it gets a little time to report.
     */
    Uni<Boolean> freeLapsed() {
        Long since = reachableSince;
        return since == null || ticker.nanos() - since < GRACE_AFTER_OUTAGE.toNanos()
                ? Uni.createFrom().item(false)
                : webhooks.freeLapsed(LAPSED).map(freed -> freed > 0);
    }

    // What was there to do may be there still, such as deliveries of a webhook that can't be sent to.
    private static Optional<Duration> next(Due due) {
        return due.tasks().isEmpty() ? due.next() : Optional.of(Duration.ZERO);
    }

    private Uni<Boolean> handle(Due due, long askedAt) {
        // Each by itself: what is slow or fails among these keeps no delivery waiting.
        List<Uni<Boolean>> asides = List.of(
                aside(
                        canceling,
                        of(due, Task.CANCEL),
                        ended -> webhooks.cancel(ended, CANCELLATIONS).replaceWithVoid()),
                aside(puttingOff, of(due, Task.PUT_OFF), webhooks::putOff),
                aside(probing, probeable(due), this::probe));
        // Where these alone filled what a round may see, whatever comes after them is seen once they are done.
        return claim(due, askedAt)
                .chain(claimed -> claimed || due.complete() ? Uni.createFrom().item(claimed) : anyOf(asides));
    }

    private static Uni<Boolean> anyOf(List<Uni<Boolean>> asides) {
        return Uni.combine().all().unis(asides).with(done -> done.contains(true));
    }

    // Whoever may send nothing to a webhook must not take the right to probe it from somebody who may.
    private List<Integer> probeable(Due due) {
        return of(due, Task.PROBE).stream()
                .filter(webhookId -> lanes.room(webhookId) > 0)
                .limit(PROBES)
                .toList();
    }

    private static List<Integer> of(Due due, Task task) {
        return due.tasks().entrySet().stream()
                .filter(entry -> entry.getValue() == task)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Begins a work unless it is under way already; says, once it has ended, whether something was done. */
    private static Uni<Boolean> aside(
            AtomicBoolean underWay, List<Integer> webhookIds, Function<List<Integer>, Uni<Void>> work) {
        if (webhookIds.isEmpty() || !underWay.compareAndSet(false, true)) {
            return Uni.createFrom().item(false);
        }
        Uni<Boolean> ended = Uni.createFrom()
                .deferred(() -> work.apply(webhookIds))
                .onTermination()
                .invoke(() -> underWay.set(false))
                .replaceWith(true)
                .onFailure()
                .invoke(fault -> LOG.warnf("Left for the next round: %s", fault.getMessage()))
                .onFailure()
                .recoverWithItem(false)
                .memoize()
                .indefinitely();
        ended.subscribe().with(done -> {});
        return ended;
    }

    private Uni<Void> probe(List<Integer> webhookIds) {
        return circuits.takeProbes(webhookIds).chain(taken -> {
            // Where there is nothing to send, or another pod was faster.
            List<Integer> rest =
                    webhookIds.stream().filter(id -> !taken.containsKey(id)).toList();
            Uni<Void> putOff = rest.isEmpty() ? nothing() : webhooks.putOff(rest);
            return putOff.chain(() -> taken.isEmpty() ? nothing() : probe(taken));
        });
    }

    private Uni<Void> probe(Map<Integer, UUID> taken) {
        Map<Integer, Integer> slots = new LinkedHashMap<>();
        taken.keySet().forEach(id -> slots.put(id, 1));
        return queue.claimDue(new Claim(slots, taken, Long.MAX_VALUE)).chain(claimed -> {
            intake.take(claimed.deliveries());
            Map<Integer, UUID> unused = new LinkedHashMap<>(taken);
            claimed.deliveries().forEach(delivery -> unused.remove(delivery.webhookId()));
            return unused.isEmpty() ? nothing() : circuits.giveProbesBack(unused);
        });
    }

    private Uni<Boolean> claim(Due due, long askedAt) {
        List<Integer> waiting = of(due, Task.DELIVER);
        // A part for each: where the first took all, others would wait for rounds that find nothing for those.
        int each = Math.min(SLOTS_FOR_EACH, SLOTS / Math.max(1, waiting.size()));
        Map<Integer, Integer> slots = new LinkedHashMap<>();
        for (int webhookId : waiting) {
            circuitIsClosed(webhookId, askedAt);
            int room = Math.min(lanes.room(webhookId), each);
            if (room > 0) {
                slots.put(webhookId, room);
            } else {
                lanes.fallenBehind(webhookId);
            }
        }
        if (due.complete()) {
            lanes.caughtUpBut(Set.copyOf(waiting));
        }
        if (slots.isEmpty()) {
            return Uni.createFrom().item(false);
        }
        long bytes = Math.min(BYTES, Math.max(1, lanes.roomInBytes()));
        return queue.claimDue(new Claim(slots, Map.of(), bytes)).map(claimed -> {
            intake.take(claimed.deliveries());
            caughtUp(slots.keySet(), claimed, bytes);
            // Nothing was there to claim, but what stands behind it was not seen yet.
            return !claimed.deliveries().isEmpty() || !due.complete();
        });
    }

    private void caughtUp(Collection<Integer> webhookIds, Claimed claimed, long bytes) {
        claimed.more().forEach(lanes::fallenBehind);
        boolean allFitted =
                claimed.deliveries().stream().mapToLong(Delivery::size).sum() < bytes;
        if (allFitted) {
            webhookIds.stream().filter(id -> !claimed.more().contains(id)).forEach(lanes::caughtUp);
        }
    }

    private void circuitIsClosed(int webhookId, long asOf) {
        Lane lane = lanes.find(webhookId);
        if (lane != null) {
            lane.circuitIsClosed(asOf);
        }
    }

    private void reachable(long now) {
        if (reachableSince == null) {
            reachableSince = now;
        }
    }

    private void failed(Throwable fault) {
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("The database can't be reached; deliveries wait: %s", fault.getMessage());
        } else {
            LOG.error("The queue can't be looked at", fault);
        }
        reachableSince = null;
    }

    private static Uni<Void> nothing() {
        return Uni.createFrom().voidItem();
    }
}
