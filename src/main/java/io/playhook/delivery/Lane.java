package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.vertx.core.Context;

import io.playhook.delivery.circuit.CircuitBreaker;
import io.playhook.delivery.circuit.CircuitOpenException;
import io.playhook.delivery.circuit.FailureStreak;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

/**
 * One webhook's share of this pod: what waits for it here, what is in flight to it, and its limits. What one receiver
 * does is felt in its own lane alone.
 *
 * <p>A lane lives on one event loop; only the counters and the target may be read from elsewhere.
 */
final class Lane {

    /** What a lane may hold of what all may hold together. */
    private static final int PART_OF_ALL_BYTES = 32;

    /** What a lane may hold even where others have taken all there is. */
    private static final int GUARANTEED_BYTES = 64 * 1024;

    private static final int FIRST_GUESS_OF_SIZE = 16 * 1024;

    private static final int UNRECORDED_FOR_EACH_SLOT = 8;

    /** What waits for a rate limit: as much as goes out in this time. */
    private static final double PACED_SECONDS = 2;

    private final int webhookId;
    private final Context loop;
    private final DeliveryPipeline pipeline;
    private final Deadlines deadlines;
    private final DeliveryConfig config;
    private final Pods pods;
    private final InstantSource clock;
    private final Lanes lanes;

    private final AtomicInteger held = new AtomicInteger();
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile int usualSize = FIRST_GUESS_OF_SIZE;
    private volatile Instant changedAt = Instant.EPOCH;
    private volatile WebhookTarget target;
    private volatile Instant usedAt;
    private volatile Instant openSince;

    private final Deque<Delivery> waiting = new ArrayDeque<>();
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
            DeliveryConfig config,
            Pods pods,
            InstantSource clock,
            Lanes lanes) {
        this.webhookId = webhookId;
        this.loop = loop;
        this.pipeline = pipeline;
        this.deadlines = deadlines;
        this.config = config;
        this.pods = pods;
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

    /** How many deliveries it may hold. */
    int capacity() {
        WebhookTarget current = target;
        if (current == null) {
            return config.heldPerWebhook();
        }
        Settings settings = current.settings();
        int concurrency = pods.share(settings.maxConcurrency(), webhookId);
        if (concurrency == 0) {
            return 0;
        }
        // An update that waits here can't give way to a newer one any more.
        int most = settings.coalesce().isZero() ? config.heldPerWebhook() : concurrency;
        double paced = settings.rateLimit().isPresent()
                ? Math.ceil(pods.share(settings.rateLimit().getAsDouble()) * PACED_SECONDS)
                : most;
        return (int) Math.min(most, paced);
    }

    /** How many more deliveries it may take on. */
    int room() {
        int count = held.get();
        long most = lanes.hasRoom() ? config.heldBytes() / PART_OF_ALL_BYTES : GUARANTEED_BYTES;
        long bytesLeft = most - heldBytes.get();
        int left = capacity() - count;
        if (bytesLeft <= 0) {
            return count == 0 ? Math.min(1, left) : 0;
        }
        return (int) Math.min(left, Math.max(1, bytesLeft / usualSize));
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
    void reserve(List<Delivery> deliveries) {
        int bytes = deliveries.stream().mapToInt(Delivery::size).sum();
        held.addAndGet(deliveries.size());
        heldBytes.addAndGet(bytes);
        usualSize = Math.max(1, (usualSize + bytes / deliveries.size()) / 2);
        usedAt = clock.instant();
    }

    /** Takes reserved deliveries, and sends what its limits allow. */
    void offer(List<Delivery> deliveries) {
        loop.runOnContext(v -> {
            waiting.addAll(deliveries);
            if (lanes.isDraining()) {
                giveBackAll();
            } else {
                giveBackOver(2 * capacity());
                pump();
            }
        });
    }

    /** Applies limits that have changed. */
    void reconsider() {
        loop.runOnContext(v -> {
            giveBackOver(2 * capacity());
            if (target != null) {
                pump();
            }
        });
    }

    /** Gives back all that waits. */
    void giveBackWaiting() {
        loop.runOnContext(v -> giveBackAll());
    }

    /** Something about the webhook has changed: sends nothing more that was leased before. */
    void changed() {
        changedAt = clock.instant();
        giveBackWaiting();
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
        while (!waiting.isEmpty() && maySend(pods.share(target.settings().maxConcurrency(), webhookId))) {
            Instant now = clock.instant();
            Duration pause = target.settings().rateLimit().isPresent() ? pace.untilNext(now) : Duration.ZERO;
            if (!pause.isZero()) {
                pumpAfter(pause);
                return;
            }
            start(waiting.poll(), now);
        }
    }

    // Receivers may be faster than the attempt log. What is not recorded takes memory, and is sent again if this pod
    // dies.
    private boolean maySend(int concurrency) {
        int unrecorded = held.get() - waiting.size();
        return inFlight < concurrency && unrecorded < concurrency * UNRECORDED_FOR_EACH_SLOT;
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
        boolean tooLate = now.plus(deadlines.of(target)).isAfter(delivery.leasedUntil());
        boolean outOfDate = delivery.leasedUntil().isBefore(changedAt.plus(config.lease()));
        if (tooLate || outOfDate) {
            // Whoever claims it next has a whole lease for it, and knows how things stand.
            giveBack(delivery);
            return;
        }
        target.settings().rateLimit().ifPresent(rate -> pace.sent(now, pods.share(rate)));
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
        if (delivery.takesTurns()) {
            // The next of its player may be due.
            lanes.retryAt(clock.instant());
        }
        if (next instanceof NextStep.Retry retry) {
            lanes.retryAt(retry.at());
        }
    }

    private void giveBackAll() {
        giveBackOver(0);
    }

    private void giveBackOver(int most) {
        while (waiting.size() > most) {
            giveBack(waiting.pollLast());
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
        held.decrementAndGet();
        heldBytes.addAndGet(-delivery.size());
        lanes.released(delivery, this);
        loop.runOnContext(v -> pump());
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
