package io.playhook.platform.database;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BiConsumer;
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
 * batches as large as the load asks for. Thread-safe.
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

    private final Function<List<T>, Uni<Void>> write;
    private final ToIntFunction<T> weight;
    private final int maxBatch;
    private final int maxWrites;
    private final Optional<Patience> patience;
    private final Queue<Pending<T>> pending = new ArrayDeque<>();
    private int writes;
    private boolean watched;

    /**
     * How long items wait for their batch to begin, where all writes are held up.
     *
     * @param after does something after a while
     */
    public record Patience(Duration most, BiConsumer<Duration, Runnable> after) {

        /** Measured by timers of {@code vertx}. */
        public static Patience of(Duration most, Vertx vertx) {
            return new Patience(
                    most, (delay, task) -> vertx.setTimer(Math.max(1, delay.toMillis()), timer -> task.run()));
        }

        private Duration left(Pending<?> item) {
            return most.minusNanos(System.nanoTime() - item.since());
        }
    }

    /**
     * @param write writes a batch; if it fails, or throws, all items of the batch fail
     * @param maxBatch how many items go into one batch at most
     * @param maxWrites how many batches are under way at once at most
     */
    public Batches(Function<List<T>, Uni<Void>> write, int maxBatch, int maxWrites) {
        this(write, item -> 1, maxBatch, maxWrites, Optional.empty());
    }

    /**
     * @param write writes a batch; if it fails, or throws, all items of the batch fail
     * @param weight of an item
     * @param maxBatch how much a batch weighs at most; an item that weighs more has one to itself
     * @param maxWrites how many batches are under way at once at most
     * @param patience after which an item that waits fails as one does that gets no connection; empty for ever
     */
    public Batches(
            Function<List<T>, Uni<Void>> write,
            ToIntFunction<T> weight,
            int maxBatch,
            int maxWrites,
            Optional<Patience> patience) {
        this.write = write;
        this.weight = weight;
        this.maxBatch = maxBatch;
        this.maxWrites = maxWrites;
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
        }
        writeNext();
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

    private void watch(Patience patience) {
        Duration left;
        synchronized (this) {
            if (watched || pending.isEmpty()) {
                return;
            }
            watched = true;
            left = patience.left(pending.peek());
        }
        patience.after().accept(left, () -> {
            List<Pending<T>> late = takeLate(patience);
            ConnectException fault = new ConnectException("the database took nothing within " + patience.most());
            late.forEach(item -> item.written(fault));
            watch(patience);
        });
    }

    private synchronized List<Pending<T>> takeLate(Patience patience) {
        watched = false;
        List<Pending<T>> late = new ArrayList<>();
        while (!pending.isEmpty() && patience.left(pending.peek()).compareTo(Duration.ZERO) <= 0) {
            late.add(pending.poll());
        }
        return late;
    }

    private synchronized List<Pending<T>> take() {
        if (writes >= maxWrites || pending.isEmpty()) {
            return List.of();
        }
        writes++;
        List<Pending<T>> batch = new ArrayList<>();
        int room = maxBatch;
        do {
            Pending<T> next = pending.poll();
            room -= weight.applyAsInt(next.item());
            batch.add(next);
        } while (!pending.isEmpty() && weight.applyAsInt(pending.peek().item()) <= room);
        return batch;
    }
}
