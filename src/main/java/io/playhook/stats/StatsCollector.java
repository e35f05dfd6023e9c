package io.playhook.stats;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryListener;
import io.playhook.delivery.DeliveryStatus;
import io.playhook.delivery.NextStep;

/**
 * Counts what this pod has recorded, and adds it to the database every few seconds, and at its end. What is counted and not added
 * when a pod is killed is not counted (ADR 40).
 */
@ApplicationScoped
class StatsCollector implements DeliveryListener {

    private static final Logger LOG = Logger.getLogger(StatsCollector.class);
    private static final Duration ADD_EVERY = Duration.ofSeconds(3);
    private static final Duration FORGET_EVERY = Duration.ofHours(1);
    private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(5);

    private final StatsStore store;
    private final InstantSource clock;
    private final Vertx vertx;
    private final Duration retention;
    private final Map<WebhookHour, Counted> counted = new HashMap<>();

    /** @param hour its beginning */
    record WebhookHour(int webhookId, Instant hour) {}

    /** @param retention as long as events are kept */
    StatsCollector(
            StatsStore store,
            InstantSource clock,
            Vertx vertx,
            @ConfigProperty(name = "playhook.retention", defaultValue = "30d") Duration retention) {
        this.retention = retention;
        this.store = store;
        this.clock = clock;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent event) {
        addLater();
        vertx.setPeriodic(FORGET_EVERY.toMillis(), timer -> forgetOld());
    }

    // After everything that may still record something, and while there is a database.
    void stop(@Observes @Priority(50_000) ShutdownEvent event) {
        try {
            add().await().atMost(PATIENCE_AT_THE_END);
        } catch (RuntimeException fault) {
            LOG.warnf("The last seconds of statistics are lost: %s", fault.getMessage());
        }
    }

    @Override
    public void attempted(CompletedAttempt completed) {
        Delivery delivery = completed.delivery();
        Instant now = clock.instant();
        synchronized (this) {
            Counted its = counted.computeIfAbsent(
                    new WebhookHour(delivery.webhookId(), now.truncatedTo(ChronoUnit.HOURS)), hour -> new Counted());
            its.attempted(completed.attempt().duration().toMillis());
            if (completed.nextStep() instanceof NextStep.Settle settle && settle.status() == DeliveryStatus.DELIVERED) {
                its.delivered();
                if (!delivery.isReplayed()) {
                    its.deliveredAfter(
                            now.toEpochMilli() - acceptedAt(delivery.event().id()));
                }
            }
        }
    }

    /** An id has the time of its making. */
    private static long acceptedAt(UUID eventId) {
        return eventId.getMostSignificantBits() >>> 16;
    }

    private void addLater() {
        vertx.setTimer(
                ADD_EVERY.toMillis(),
                timer -> add().subscribe().with(done -> addLater(), fault -> {
                    LOG.debugf("Statistics are not added: %s", fault.getMessage());
                    addLater();
                }));
    }

    private Uni<Void> add() {
        Map<WebhookHour, Counted> some = take();
        Uni<Void> added = some.isEmpty()
                ? Uni.createFrom().voidItem()
                : store.add(some).onFailure().invoke(() -> putBack(some));
        // What is counted meanwhile waits for the next time.
        return added.chain(() -> some.size() < StatsStore.AT_ONCE ? store.addNoted() : add());
    }

    private void forgetOld() {
        store.forget(retention)
                .subscribe()
                .with(done -> {}, fault -> LOG.debugf("Old statistics are not deleted: %s", fault.getMessage()));
    }

    private synchronized Map<WebhookHour, Counted> take() {
        Map<WebhookHour, Counted> some = new HashMap<>();
        Iterator<Map.Entry<WebhookHour, Counted>> all = counted.entrySet().iterator();
        while (all.hasNext() && some.size() < StatsStore.AT_ONCE) {
            Map.Entry<WebhookHour, Counted> next = all.next();
            some.put(next.getKey(), next.getValue());
            all.remove();
        }
        return some;
    }

    private synchronized void putBack(Map<WebhookHour, Counted> some) {
        some.forEach(
                (hour, its) -> counted.computeIfAbsent(hour, h -> new Counted()).add(its));
    }
}
