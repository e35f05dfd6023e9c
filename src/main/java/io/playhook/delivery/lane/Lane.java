package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.List;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.NextStep;
import io.playhook.delivery.circuit.CircuitOpenException;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.delivery.request.Deadlines;
import io.playhook.platform.Ticker;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

/**
 * One webhook's share of this pod: what waits for it here, what is in flight to it, and its limits. What one receiver
 * does is felt in its own lane alone.
 *
 * <p>A lane lives on one event loop; only the counters and the target may be read from elsewhere.
 */
public final class Lane {

    private static final int UNRECORDED_FOR_EACH_SLOT = 8;

    /** For how long a webhook is left alone that can't be sent to, such as one whose secret can't be opened. */
    private static final Duration UNSENDABLE_PAUSE = Duration.ofMinutes(1);

    private final Loop loop;
    private final Carrier carrier;
    private final Deadlines deadlines;
    private final DeliveryConfig config;
    private final Shares shares;
    private final Ticker ticker;
    private final LaneReports reports;
    private final Receiver receiver;

    private final Room room;
    private volatile WebhookTarget target;
    private volatile long usedAt;
    private volatile Long changedAt;
    private volatile Long unsendableSince;

    private final Opening opening = new Opening();
    private final WaitingLine waiting = new WaitingLine();
    private final Pace pace = new Pace();
    private int inFlight;
    private boolean pumpScheduled;

    Lane(
            int webhookId,
            Loop loop,
            Carrier carrier,
            Deadlines deadlines,
            DeliveryConfig config,
            Shares shares,
            Ticker ticker,
            LaneReports reports) {
        this.loop = loop;
        this.carrier = carrier;
        this.deadlines = deadlines;
        this.config = config;
        this.shares = shares;
        this.ticker = ticker;
        this.reports = reports;
        this.receiver = new Receiver(webhookId, this::opened);
        this.room = new Room(config.heldPerWebhook());
        this.usedAt = ticker.nanos();
    }

    public int webhookId() {
        return receiver.webhookId();
    }

    /** How many deliveries it holds that are not recorded or given back yet. */
    int held() {
        return room.held();
    }

    /** How many deliveries it may hold. */
    int capacity() {
        if (isUnsendable()) {
            return 0;
        }
        WebhookTarget current = target;
        if (current == null) {
            return config.heldPerWebhook();
        }
        Settings settings = current.settings();
        double rate = settings.rateLimit().isPresent()
                ? shares.share(settings.rateLimit().getAsDouble())
                : Double.POSITIVE_INFINITY;
        return room.capacity(settings, shares.share(settings.maxConcurrency(), webhookId()), rate);
    }

    /** Whether other pods may send to the webhook, and this one may not. */
    boolean isForOthers() {
        WebhookTarget current = target;
        return current != null && shares.share(current.settings().maxConcurrency(), webhookId()) == 0;
    }

    /** How many more deliveries it may take on. */
    int room() {
        return room.left(capacity(), reports.roomInBytes());
    }

    /** Whether it holds nothing, and has got nothing for so long. */
    boolean isUnusedFor(Duration time) {
        return room.held() == 0 && ticker.nanos() - usedAt > time.toNanos();
    }

    /** Its webhook can't be sent to: takes on nothing for a while. */
    public void unsendable() {
        unsendableSince = ticker.nanos();
    }

    private boolean isUnsendable() {
        Long since = unsendableSince;
        return since != null && ticker.nanos() - since < UNSENDABLE_PAUSE.toNanos();
    }

    /** Whether its copy of the webhook is missing or older than {@code version}. */
    public boolean isStale(int version) {
        WebhookTarget current = target;
        return current == null || current.version() < version;
    }

    /** Takes a newer copy of the webhook. */
    public void update(WebhookTarget newer) {
        if (isStale(newer.version())) {
            target = newer;
            unsendableSince = null;
        }
    }

    /** Counts deliveries that are about to be offered. */
    void reserve(List<Delivery> deliveries) {
        room.take(deliveries);
        usedAt = ticker.nanos();
    }

    /** Takes reserved deliveries, and sends what its limits allow. */
    public void offer(List<Delivery> deliveries) {
        loop.run(() -> {
            waiting.add(deliveries);
            if (reports.isDraining()) {
                giveBackAll();
            } else {
                giveBackWhatIsTooMuch();
                pump();
            }
        });
    }

    /** Gives reserved deliveries back that it was not offered. */
    public void decline(List<Delivery> deliveries) {
        loop.run(() -> deliveries.forEach(this::giveBack));
    }

    /** Applies limits that have changed. */
    void reconsider() {
        loop.run(() -> {
            giveBackWhatIsTooMuch();
            pump();
        });
    }

    /** Gives back all that waits. */
    void giveBackWaiting() {
        loop.run(this::giveBackAll);
    }

    /** Something about the webhook has changed: sends nothing more that was leased before. */
    public void changed() {
        changedAt = ticker.nanos();
        unsendableSince = null;
        giveBackWaiting();
    }

    /**
     * The database says that the circuit is closed.
     *
     * @param asOf when it was asked, by this pod's ticker
     */
    public void circuitIsClosed(long asOf) {
        if (opening.isOver(asOf)) {
            receiver.breaker().reset();
        }
    }

    private void pump() {
        while (waiting.size() > 0 && mayBegin(shares.share(target.settings().maxConcurrency(), webhookId()))) {
            long now = ticker.nanos();
            Duration pause = target.settings().rateLimit().isPresent() ? pace.untilNext(now) : Duration.ZERO;
            if (!pause.isZero()) {
                pumpAfter(pause);
                return;
            }
            start(waiting.next(), now);
        }
    }

    private boolean mayBegin(int concurrency) {
        return waiting.hasNext(concurrency, target.settings().ordered()) && maySend(concurrency);
    }

    // Receivers may be faster than the attempt log. What is not recorded takes memory, and is sent again if this pod
    // dies.
    private boolean maySend(int concurrency) {
        int unrecorded = room.held() - waiting.size();
        return inFlight < concurrency
                && unrecorded < concurrency * UNRECORDED_FOR_EACH_SLOT
                && (inFlight == 0 || reports.mayBeginMore());
    }

    private void pumpAfter(Duration pause) {
        if (!pumpScheduled) {
            pumpScheduled = true;
            loop.after(pause, () -> {
                pumpScheduled = false;
                pump();
            });
        }
    }

    private void start(Delivery delivery, long now) {
        long takenAt = delivery.lease().takenAt();
        Long changed = changedAt;
        boolean tooLate =
                now + deadlines.of(target).toNanos() - takenAt > config.lease().toNanos();
        boolean outOfDate = changed != null && changed - takenAt > 0;
        if (tooLate || outOfDate) {
            // Whoever claims it next has a whole lease for it, and knows how things stand.
            giveBack(delivery);
            return;
        }
        target.settings().rateLimit().ifPresent(rate -> pace.sent(now, shares.share(rate)));
        inFlight++;
        waiting.begun(delivery);
        reports.begun();
        carrier.deliver(delivery, target, receiver, () -> loop.run(() -> slotFreed(delivery, now)))
                .onItem()
                .invoke(completed -> recorded(delivery, completed.nextStep()))
                .onFailure()
                .invoke(fault -> notDelivered(delivery, fault))
                .chain(completed -> carrier.observe(completed, receiver))
                .onTermination()
                .invoke(reports::ended)
                .subscribe()
                .with(observed -> {}, alreadyTold -> {});
    }

    /** An attempt has ended; its slot is free although it is not recorded yet. */
    private void slotFreed(Delivery delivery, long startedAt) {
        inFlight--;
        waiting.ended(delivery);
        room.took(ticker.nanos() - startedAt);
        giveBackWhatIsTooMuch();
        pump();
    }

    // It is let go of at once: it may be due again already, and what the attempt says of the receiver takes its time.
    private void recorded(Delivery delivery, NextStep next) {
        release(delivery);
        if (delivery.takesTurns()) {
            // The next of its player may be due.
            reports.dueIn(Duration.ZERO);
        }
        if (next instanceof NextStep.Retry retry) {
            reports.dueIn(retry.delay());
        }
    }

    private void notDelivered(Delivery delivery, Throwable fault) {
        if (fault instanceof CircuitOpenException) {
            loop.run(() -> giveBack(delivery));
        } else {
            reports.faulted(delivery, fault);
            release(delivery);
        }
    }

    private void giveBackWhatIsTooMuch() {
        int most = 2 * capacity();
        while (waiting.fresh() > most) {
            giveBack(waiting.last());
        }
    }

    private void giveBackAll() {
        while (waiting.size() > 0) {
            giveBack(waiting.last());
        }
    }

    private void giveBack(Delivery delivery) {
        carrier.giveBack(delivery)
                .onTermination()
                .invoke(() -> release(delivery))
                .subscribe()
                .with(v -> reports.givenBack(this), fault -> reports.faulted(delivery, fault));
    }

    private void release(Delivery delivery) {
        room.leave(delivery);
        reports.released(delivery, this);
        loop.run(this::pump);
    }

    // The breaker is open from here on; the database learns it, and until it has, no look at it can close the breaker.
    private void opened() {
        opening.begin();
        giveBackWaiting();
        carrier.circuitOpened(webhookId()).subscribe().with(v -> opening.told(ticker.nanos()), fault -> {
            opening.failed();
            receiver.breaker().reset();
        });
    }
}
