package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import jakarta.enterprise.context.ApplicationScoped;

import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import org.jboss.logging.Logger;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.request.Deadlines;
import io.playhook.platform.Ticker;
import io.playhook.platform.database.DatabaseFault;

/** All lanes of this pod, and how much they hold together. */
@ApplicationScoped
public class Lanes implements LaneReports {

    private static final Logger LOG = Logger.getLogger(Lanes.class);

    /** What a breaker remembers of a receiver that gets less than this is of no use. */
    private static final Duration FORGET_AFTER = Duration.ofHours(1);

    /** What is claimed for a webhook of which this pod knows nothing yet. */
    private static final int FIRST_ROOM = 64;

    private final Carrier carrier;
    private final Deadlines deadlines;
    private final DeliveryConfig config;
    private final Budget budget;
    private final Shares shares;
    private final Ticker ticker;
    private final List<Loop> loops;

    private final Map<Integer, Lane> lanes = new ConcurrentHashMap<>();
    private final ByOrganization known = new ByOrganization();

    /** Webhooks that have deliveries waiting in the database: fresh ones line up behind those. */
    private final Set<Integer> behind = ConcurrentHashMap.newKeySet();

    private final HeldDeliveries held = new HeldDeliveries();

    /** Attempts that are not done with, be their deliveries let go of or not. */
    private final AtomicInteger attempts = new AtomicInteger();

    private volatile Consumer<Duration> onDue = delay -> {};
    private volatile IntConsumer onForOthers = webhookId -> {};
    private volatile CompletableFuture<Void> emptied;

    Lanes(Carrier carrier, Deadlines deadlines, DeliveryConfig config, Shares shares, Ticker ticker, Vertx vertx) {
        this.carrier = carrier;
        this.deadlines = deadlines;
        this.config = config;
        this.budget = Budget.of(config, Runtime.getRuntime().maxMemory());
        this.shares = shares;
        this.ticker = ticker;
        int cores = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.loops = IntStream.range(0, cores)
                .mapToObj(i -> Loop.of(((VertxInternal) vertx).createEventLoopContext()))
                .toList();
    }

    /** Calls {@code listener} with each webhook of which this pod let go something that only others may send. */
    public void onForOthers(IntConsumer listener) {
        onForOthers = listener;
    }

    /** Calls {@code listener} with the time after which something will come due; zero where there is room again. */
    public void onDue(Consumer<Duration> listener) {
        onDue = listener;
    }

    /** The lane of a webhook, or null if it has none at the moment. */
    public Lane find(int webhookId) {
        return lanes.get(webhookId);
    }

    /** Whether only other pods may send to a webhook, as far as this one knows. */
    public boolean isForOthers(int webhookId) {
        Lane lane = lanes.get(webhookId);
        return lane != null && lane.isForOthers();
    }

    /** How many more deliveries of a webhook this pod may take on. */
    public int room(int webhookId) {
        Lane lane = lanes.get(webhookId);
        return lane == null ? FIRST_ROOM : lane.room();
    }

    /**
     * Of the webhooks that hear of an organization's events those that may be sent fewer than {@code wanted} fresh deliveries at once, each
     * with how many; none where others are waiting before them.
     */
    public Map<Integer, Integer> narrower(int organizationId, int wanted) {
        Set<Integer> its = known.of(organizationId);
        Map<Integer, Integer> narrower = new HashMap<>();
        // There is no end to either of the two.
        if (behind.size() < its.size()) {
            behind.stream().filter(its::contains).forEach(id -> narrower.put(id, 0));
        } else {
            its.stream().filter(behind::contains).forEach(id -> narrower.put(id, 0));
        }
        // A lane without any room is behind, unless it is for what others hold.
        if (wanted > 1 || roomInBytes() <= 0) {
            for (int id : its) {
                int room = Math.max(0, room(id));
                if (room < wanted) {
                    narrower.putIfAbsent(id, room);
                }
            }
        }
        return narrower;
    }

    /** The webhooks that have deliveries waiting in the database for which this pod has no room. */
    public List<Integer> full() {
        return behind.stream().filter(id -> room(id) <= 0).toList();
    }

    /** Notes that a webhook has deliveries waiting in the database. */
    public void fallenBehind(int webhookId) {
        behind.add(webhookId);
    }

    /** Notes that nothing of a webhook waits in the database, as far as this pod knows. */
    public void caughtUp(int webhookId) {
        if (room(webhookId) > 0) {
            behind.remove(webhookId);
        }
    }

    /** Notes that of all webhooks that this pod has room for, only these have something waiting. */
    public void caughtUpBut(Set<Integer> stillWaiting) {
        behind.removeIf(id -> !stillWaiting.contains(id) && room(id) > 0);
    }

    @Override
    public long roomInBytes() {
        return budget.heldBytes() - held.bytes();
    }

    /** Makes sure that a webhook has a lane, with room reserved in it for deliveries that it will be offered. */
    public Lane reserve(int webhookId, List<Delivery> deliveries) {
        Lane lane = lanes.compute(webhookId, (id, existing) -> {
            Lane current = existing == null ? create(id) : existing;
            current.reserve(deliveries);
            deliveries.forEach(delivery -> known.add(id, delivery.event().organizationId()));
            return current;
        });
        if (lane.room() <= 0) {
            behind.add(webhookId);
        }
        return lane;
    }

    /** Notes that this pod holds a delivery; false if it holds it already. */
    public boolean hold(Delivery delivery) {
        return held.hold(delivery);
    }

    @Override
    public boolean mayBeginMore() {
        return attempts.get() < budget.attemptsAtOnce();
    }

    @Override
    public void begun() {
        attempts.incrementAndGet();
    }

    @Override
    public void ended() {
        attempts.decrementAndGet();
        tellIfEmpty();
    }

    @Override
    public void released(Delivery delivery, Lane lane) {
        held.release(delivery).ifPresent(this::giveBackAgain);
        if (behind.contains(lane.webhookId()) && lane.held() <= lane.capacity() / 2) {
            onDue.accept(Duration.ZERO);
        }
        if (isDraining()) {
            // What is given back waits for them, who may not look for seconds.
            onForOthers.accept(lane.webhookId());
        }
        tellIfEmpty();
    }

    // Leased while it was held still. If it was sent meanwhile, or somebody else holds it, this changes nothing.
    private void giveBackAgain(Delivery delivery) {
        carrier.giveBack(delivery)
                .subscribe()
                .with(v -> onDue.accept(Duration.ZERO), fault -> faulted(delivery, fault));
    }

    private void tellIfEmpty() {
        CompletableFuture<Void> waiting = emptied;
        if (waiting != null && held.isEmpty() && attempts.get() == 0) {
            waiting.complete(null);
        }
    }

    @Override
    public void givenBack(Lane lane) {
        if (lane.isForOthers()) {
            onForOthers.accept(lane.webhookId());
        } else {
            onDue.accept(Duration.ZERO);
        }
    }

    @Override
    public void dueIn(Duration delay) {
        onDue.accept(delay);
    }

    @Override
    public void faulted(Delivery delivery, Throwable fault) {
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.debugf("The database can't be reached; delivery %s is left to its lease", delivery.id());
        } else {
            LOG.errorf(fault, "Delivery %s is left to its lease", delivery.id());
        }
    }

    @Override
    public boolean isDraining() {
        return emptied != null;
    }

    /** Applies limits that have changed. */
    public void reconsider() {
        lanes.values().forEach(Lane::reconsider);
    }

    /** Gives back all that waits; completes when nothing is held any more. */
    public CompletableFuture<Void> drain() {
        emptied = new CompletableFuture<>();
        lanes.values().forEach(Lane::giveBackWaiting);
        tellIfEmpty();
        return emptied;
    }

    /** Forgets lanes that were not used for long. */
    public void forgetUnused() {
        lanes.keySet()
                .forEach(id -> lanes.computeIfPresent(id, (key, lane) -> {
                    if (!lane.isUnusedFor(FORGET_AFTER)) {
                        return lane;
                    }
                    known.remove(id);
                    return null;
                }));
    }

    private Lane create(int webhookId) {
        Loop loop = loops.get(webhookId % loops.size());
        return new Lane(webhookId, loop, carrier, deadlines, config, shares, ticker, this);
    }
}
