package io.playhook.platform.database;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

/**
 * Groups single writes into few statements. While nothing is being written, an item is written at once, by itself; what
 * comes in meanwhile is written together when that is done. So an idle system adds no delay, and a busy one writes in
 * batches as large as the load asks for. Two at once would each be half as large, and dearer for each item: another write is
 * begun beside one only where a whole batch waits for it, or where that one takes long. Thread-safe.
 */
public final class Batches<T> {

    private static final Logger LOG = Logger.getLogger(Batches.class);

    /**
     * An item, and who waits for it: on the Vert.x context on which it was added, if there was one.
     *
     * @param whenEnded gets the fault, or null
     */
    private record Pending<T>(T item, Consumer<Throwable> whenEnded, Context context, long since) {

        void written(Throwable fault) {
            if (context == null || context == Vertx.currentContext()) {
                tell(fault);
            } else {
                context.runOnContext(v -> tell(fault));
            }
        }

        // Whatever it throws is its own affair: the others of the batch are waiting to be told.
        private void tell(Throwable fault) {
            try {
                whenEnded.accept(fault);
            } catch (RuntimeException ofItsOwn) {
                LOG.error("Something went wrong after a batch was written", ofItsOwn);
            }
        }
    }

    /** Does something after a while. */
    @FunctionalInterface
    public interface Timer {
        void after(Duration delay, Runnable task);

        /** That of {@code vertx}. */
        static Timer of(Vertx vertx) {
            return (delay, task) -> vertx.setTimer(Math.max(1, delay.toMillis()), timer -> task.run());
        }
    }

    /** What takes longer than a busy database does for a batch may be held up by a lock, or by a lost connection. */
    private static final Duration HELD_UP_AFTER = Duration.ofMillis(50);

    private final Function<List<T>, Uni<Void>> write;
    private final ToIntFunction<T> weight;
    private final int maxBatch;
    private final int maxWrites;
    private final Timer timer;
    private final Optional<Duration> patience;
    private final Queue<Pending<T>> pending = new ArrayDeque<>();
    private long pendingWeight;
    private int writes;
    private long lastBegun;
    private boolean waitsBesideOne;
    private boolean watched;

    /**
     * Of items that may wait for ever.
     *
     * @param write writes a batch; if it fails, or throws, all items of the batch fail
     * @param maxBatch how many items go into one batch at most
     * @param maxWrites how many batches are under way at once at most
     */
    public Batches(Function<List<T>, Uni<Void>> write, int maxBatch, int maxWrites, Timer timer) {
        this(write, item -> 1, maxBatch, maxWrites, timer, Optional.empty());
    }

    /**
     * @param write writes a batch; if it fails, or throws, all items of the batch fail
     * @param weight of an item
     * @param maxBatch how much a batch weighs at most; an item that weighs more has one to itself
     * @param maxWrites how many batches are under way at once at most
     * @param patience how long an item waits for its batch to begin; then it fails as one does that gets no connection
     */
    public Batches(
            Function<List<T>, Uni<Void>> write,
            ToIntFunction<T> weight,
            int maxBatch,
            int maxWrites,
            Timer timer,
            Optional<Duration> patience) {
        this.write = write;
        this.weight = weight;
        this.maxBatch = maxBatch;
        this.maxWrites = maxWrites;
        this.timer = timer;
        this.patience = patience;
    }

    /**
     * Writes an item; completes when the batch that holds it is written, and fails as that does, in either case on the
     * Vert.x context of the caller.
     */
    public Uni<Void> add(T item) {
        return Uni.createFrom()
                .emitter(emitter -> add(item, fault -> {
                    if (fault == null) {
                        emitter.complete(null);
                    } else {
                        emitter.fail(fault);
                    }
                }));
    }

    /**
     * Writes an item.
     *
     * @param whenEnded is told, on the Vert.x context of the caller, when the batch that holds it is written, with null, or
     *     with the fault with which that failed
     */
    public void add(T item, Consumer<Throwable> whenEnded) {
        synchronized (this) {
            pending.add(new Pending<>(item, whenEnded, Vertx.currentContext(), System.nanoTime()));
            pendingWeight += weight.applyAsInt(item);
        }
        writeNext();
        writeBesideWhatIsHeldUp();
        patience.ifPresent(this::watch);
    }

    private void writeNext() {
        List<Pending<T>> batch = take();
        if (batch.isEmpty()) {
            return;
        }
        List<T> items = batch.stream().map(Pending::item).toList();
        // Deferred: what `write` throws is a failure like any other, and ends the batch.
        Uni.createFrom()
                .deferred(() -> write.apply(items))
                .onTermination()
                .invoke(this::ended)
                .subscribe()
                .with(done -> batch.forEach(p -> p.written(null)), fault -> batch.forEach(p -> p.written(fault)));
    }

    private void ended() {
        synchronized (this) {
            writes--;
        }
        writeNext();
    }

    private void writeBesideWhatIsHeldUp() {
        Duration left;
        synchronized (this) {
            if (waitsBesideOne || pending.isEmpty() || writes >= maxWrites) {
                return;
            }
            waitsBesideOne = true;
            left = HELD_UP_AFTER.minusNanos(System.nanoTime() - lastBegun);
        }
        timer.after(left, () -> {
            synchronized (this) {
                waitsBesideOne = false;
            }
            writeNext();
            writeBesideWhatIsHeldUp();
        });
    }

    private void watch(Duration patience) {
        Duration left;
        synchronized (this) {
            if (watched || pending.isEmpty()) {
                return;
            }
            watched = true;
            left = left(patience);
        }
        timer.after(left, () -> {
            List<Pending<T>> late = takeLate(patience);
            ConnectException fault = new ConnectException("the database took nothing within " + patience);
            late.forEach(item -> item.written(fault));
            watch(patience);
        });
    }

    /** Of the patience of the one that has waited longest. */
    private Duration left(Duration patience) {
        return patience.minusNanos(System.nanoTime() - pending.peek().since());
    }

    private synchronized List<Pending<T>> takeLate(Duration patience) {
        watched = false;
        List<Pending<T>> late = new ArrayList<>();
        while (!pending.isEmpty() && left(patience).compareTo(Duration.ZERO) <= 0) {
            late.add(poll());
        }
        return late;
    }

    private synchronized List<Pending<T>> take() {
        if (pending.isEmpty() || writes > 0 && !mayBeginAnother()) {
            return List.of();
        }
        writes++;
        lastBegun = System.nanoTime();
        List<Pending<T>> batch = new ArrayList<>();
        int room = maxBatch;
        do {
            Pending<T> next = poll();
            room -= weight.applyAsInt(next.item());
            batch.add(next);
        } while (!pending.isEmpty() && weight.applyAsInt(pending.peek().item()) <= room);
        return batch;
    }

    private boolean mayBeginAnother() {
        return writes < maxWrites
                && (pendingWeight >= maxBatch || System.nanoTime() - lastBegun >= HELD_UP_AFTER.toNanos());
    }

    private Pending<T> poll() {
        Pending<T> next = pending.poll();
        pendingWeight -= weight.applyAsInt(next.item());
        return next;
    }
}
