package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

import io.vertx.core.Context;

import io.playhook.delivery.circuit.CircuitBreaker;
import io.playhook.delivery.circuit.CircuitOpenException;
import io.playhook.delivery.circuit.FailureStreak;
import io.playhook.webhook.WebhookTarget;

/**
 * One webhook's share of this pod: what waits for it here, what is in flight to it, and its limits. What one receiver
 * does is felt in its own lane alone.
 *
 * <p>A lane lives on one event loop; only the counters and the target may be read from elsewhere.
 */
final class Lane {

    private final int webhookId;
    private final Context loop;
    private final DeliveryPipeline pipeline;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final Lanes lanes;

    private final AtomicInteger held = new AtomicInteger();
    private volatile WebhookTarget target;
    private volatile Instant usedAt;
    private volatile Instant openSince;

    private final Queue<Delivery> waiting = new ArrayDeque<>();
    private final CircuitBreaker breaker = new CircuitBreaker(this::opened);
    private final FailureStreak streak = new FailureStreak();
    private final Pace pace = new Pace();
    private int inFlight;
    private boolean pumpScheduled;

    Lane(
            int webhookId,
            Context loop,
            DeliveryPipeline pipeline,
            Deadlines deadlines,
            InstantSource clock,
            Lanes lanes) {
        this.webhookId = webhookId;
        this.loop = loop;
        this.pipeline = pipeline;
        this.deadlines = deadlines;
        this.clock = clock;
        this.lanes = lanes;
        this.usedAt = clock.instant();
    }

    int webhookId() {
        return webhookId;
    }

    WebhookTarget target() {
        return target;
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    FailureStreak streak() {
        return streak;
    }

    /** How many deliveries it holds that are not recorded or given back yet. */
    int held() {
        return held.get();
    }

    /** When it last got a delivery. */
    Instant usedAt() {
        return usedAt;
    }

    /** Whether its copy of the webhook is missing or older than {@code version}. */
    boolean isStale(int version) {
        WebhookTarget current = target;
        return current == null || current.version() < version;
    }

    /** Takes a newer copy of the webhook. */
    void update(WebhookTarget newer) {
        if (isStale(newer.version())) {
            target = newer;
        }
    }

    /** Counts deliveries that are about to be offered. */
    void reserve(int count) {
        held.addAndGet(count);
        usedAt = clock.instant();
    }

    /** Takes reserved deliveries, and sends what its limits allow. */
    void offer(List<Delivery> deliveries) {
        loop.runOnContext(v -> {
            waiting.addAll(deliveries);
            if (lanes.isDraining()) {
                giveBackAll();
            } else {
                pump();
            }
        });
    }

    /** Gives back all that waits, because something about the webhook has changed. */
    void giveBackWaiting() {
        loop.runOnContext(v -> giveBackAll());
    }

    /** The database says that the circuit is closed, and said so at {@code asOf}. */
    void circuitIsClosed(Instant asOf) {
        Instant since = openSince;
        if (since != null && since.isBefore(asOf)) {
            openSince = null;
            breaker.reset();
        }
    }

    /** An attempt has ended; its slot is free although it is not recorded yet. */
    void slotFreed() {
        loop.runOnContext(v -> {
            inFlight--;
            pump();
        });
    }

    private void pump() {
        while (!waiting.isEmpty() && inFlight < target.settings().maxConcurrency()) {
            Instant now = clock.instant();
            Duration pause = target.settings().rateLimit().isPresent() ? pace.untilNext(now) : Duration.ZERO;
            if (!pause.isZero()) {
                pumpAfter(pause);
                return;
            }
            start(waiting.poll(), now);
        }
    }

    private void pumpAfter(Duration pause) {
        if (!pumpScheduled) {
            pumpScheduled = true;
            loop.owner().setTimer(Math.max(1, pause.toMillis()), timer -> {
                pumpScheduled = false;
                pump();
            });
        }
    }

    private void start(Delivery delivery, Instant now) {
        if (now.plus(deadlines.of(target)).isAfter(delivery.leasedUntil())) {
            // It waited here too long; whoever claims it next has a whole lease for it.
            giveBack(delivery);
            return;
        }
        target.settings().rateLimit().ifPresent(rate -> pace.sent(now, rate));
        inFlight++;
        pipeline.deliver(delivery, this).subscribe().with(next -> done(delivery, next), fault -> {
            if (fault instanceof CircuitOpenException) {
                giveBack(delivery);
            } else {
                lanes.faulted(delivery, fault);
                release(delivery);
            }
        });
    }

    private void done(Delivery delivery, NextStep next) {
        release(delivery);
        if (next instanceof NextStep.Retry retry) {
            lanes.retryAt(retry.at());
        }
    }

    private void giveBackAll() {
        for (Delivery delivery = waiting.poll(); delivery != null; delivery = waiting.poll()) {
            giveBack(delivery);
        }
    }

    private void giveBack(Delivery delivery) {
        pipeline.giveBack(delivery)
                .onTermination()
                .invoke(() -> release(delivery))
                .subscribe()
                .with(v -> lanes.retryAt(clock.instant()), fault -> lanes.faulted(delivery, fault));
    }

    /** Lets go of a delivery that it was not offered, or has done with. */
    void release(Delivery delivery) {
        int left = held.decrementAndGet();
        lanes.released(delivery, this, left);
    }

    // The breaker is open from here on; the database learns it, and until it has, no look at it can close the breaker.
    private void opened() {
        openSince = Instant.MAX;
        giveBackWaiting();
        lanes.circuitOpened(this).subscribe().with(v -> openSince = clock.instant(), fault -> {
            openSince = null;
            breaker.reset();
        });
    }
}
