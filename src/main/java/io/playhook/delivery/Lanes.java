package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.platform.DatabaseFault;

/** All lanes of this pod, and how much they hold together. */
@ApplicationScoped
class Lanes {

    private static final Logger LOG = Logger.getLogger(Lanes.class);

    /** Longer than the longest usual pause between two retries, so that a breaker remembers the attempts before. */
    private static final Duration FORGET_AFTER = Duration.ofHours(27);

    /** What is claimed for a webhook of which this pod knows nothing yet. */
    private static final int FIRST_ROOM = 64;

    private final DeliveryPipeline pipeline;
    private final ReceiverHealth health;
    private final Deadlines deadlines;
    private final DeliveryConfig config;
    private final Pods pods;
    private final InstantSource clock;
    private final List<Context> loops;

    private final Map<Integer, Lane> lanes = new ConcurrentHashMap<>();

    /** Webhooks that have deliveries waiting in the database: fresh ones line up behind those. */
    private final Set<Integer> behind = ConcurrentHashMap.newKeySet();

    private final Set<UUID> held = ConcurrentHashMap.newKeySet();
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile Consumer<Instant> dueLater = at -> {};
    private volatile CompletableFuture<Void> emptied;

    Lanes(
            DeliveryPipeline pipeline,
            ReceiverHealth health,
            Deadlines deadlines,
            DeliveryConfig config,
            Pods pods,
            InstantSource clock,
            Vertx vertx) {
        this.pipeline = pipeline;
        this.health = health;
        this.deadlines = deadlines;
        this.config = config;
        this.pods = pods;
        this.clock = clock;
        int cores = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.loops = IntStream.range(0, cores)
                .mapToObj(i -> ((io.vertx.core.impl.VertxInternal) vertx).createEventLoopContext())
                .map(Context.class::cast)
                .toList();
    }

    /** Calls {@code listener} with the time at which something will come due, or now where there is room again. */
    void onDue(Consumer<Instant> listener) {
        dueLater = listener;
    }

    /** The lane of a webhook, or null if it has none at the moment. */
    Lane find(int webhookId) {
        return lanes.get(webhookId);
    }

    /** How many more deliveries of a webhook this pod may take on. */
    int room(int webhookId) {
        Lane lane = lanes.get(webhookId);
        return lane == null ? FIRST_ROOM : lane.room();
    }

    /** The webhooks whose fresh deliveries this pod does not send at once. */
    Integer[] behind() {
        if (!hasRoom()) {
            lanes.forEach((id, lane) -> {
                if (lane.room() <= 0) {
                    behind.add(id);
                }
            });
        }
        return behind.toArray(Integer[]::new);
    }

    /** Whether fresh deliveries of a webhook have to line up behind others. */
    boolean isBehind(int webhookId) {
        return behind.contains(webhookId);
    }

    /** Notes which webhooks have something waiting in the database, of all that may get anything. */
    void caughtUp(Set<Integer> stillWaiting) {
        behind.removeIf(id -> !stillWaiting.contains(id) && room(id) > 0);
    }

    /** Whether there is room for more than what each lane is guaranteed. */
    boolean hasRoom() {
        return heldBytes.get() < config.heldBytes();
    }

    /** Makes sure that a webhook has a lane, with room reserved in it for deliveries that it will be offered. */
    Lane reserve(int webhookId, List<Delivery> deliveries) {
        Lane lane = lanes.compute(webhookId, (id, existing) -> {
            Lane current = existing == null ? create(id) : existing;
            current.reserve(deliveries);
            return current;
        });
        if (lane.room() <= 0) {
            behind.add(webhookId);
        }
        return lane;
    }

    /** Notes that this pod holds a delivery; false if it holds it already, since a lease ended before it was recorded. */
    boolean hold(Delivery delivery) {
        boolean fresh = held.add(delivery.id());
        if (fresh) {
            heldBytes.addAndGet(delivery.size());
        }
        return fresh;
    }

    /** Called by a lane that has done with a delivery. */
    void released(Delivery delivery, Lane lane) {
        held.remove(delivery.id());
        heldBytes.addAndGet(-delivery.size());
        if (behind.contains(lane.webhookId()) && lane.held() <= lane.capacity() / 2) {
            dueLater.accept(clock.instant());
        }
        CompletableFuture<Void> waiting = emptied;
        if (waiting != null && held.isEmpty()) {
            waiting.complete(null);
        }
    }

    /** Called by a lane whose delivery waits for a retry. */
    void retryAt(Instant at) {
        dueLater.accept(at);
    }

    /** Called by a lane whose breaker has opened. */
    Uni<Void> circuitOpened(Lane lane) {
        return health.circuitOpened(lane.webhookId());
    }

    /** Called by a lane where something went wrong that is not the receiver's doing. */
    void faulted(Delivery delivery, Throwable fault) {
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.debugf("The database can't be reached; delivery %s is left to its lease", delivery.id());
        } else {
            LOG.errorf(fault, "Delivery %s is left to its lease", delivery.id());
        }
    }

    /** Whether this pod is about to stop, and begins nothing new. */
    boolean isDraining() {
        return emptied != null;
    }

    /** Applies limits that have changed. */
    void reconsider() {
        lanes.values().forEach(Lane::reconsider);
    }

    /** Gives back all that waits; completes when nothing is held any more. */
    CompletableFuture<Void> drain() {
        emptied = new CompletableFuture<>();
        lanes.values().forEach(Lane::giveBackWaiting);
        if (held.isEmpty()) {
            emptied.complete(null);
        }
        return emptied;
    }

    /** Forgets lanes that were not used for long. */
    void forgetUnused() {
        Instant since = clock.instant().minus(FORGET_AFTER);
        lanes.keySet()
                .forEach(id -> lanes.computeIfPresent(
                        id, (key, lane) -> lane.held() == 0 && lane.usedAt().isBefore(since) ? null : lane));
    }

    private Lane create(int webhookId) {
        Context loop = loops.get(webhookId % loops.size());
        return new Lane(webhookId, loop, pipeline, deadlines, config, pods, clock, this);
    }
}
