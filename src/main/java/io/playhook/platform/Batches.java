package io.playhook.platform;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;

/**
 * Groups single writes into few statements. While nothing is being written, an item is written at once, by itself; what
 * comes in meanwhile is written together when that is done. So an idle system adds no delay, and a busy one writes in
 * batches as large as the load asks for. Thread-safe.
 */
public final class Batches<T> {

    private record Pending<T>(T item, UniEmitter<? super Void> emitter) {}

    private final Function<List<T>, Uni<Void>> write;
    private final int maxBatch;
    private final int maxWrites;
    private final Queue<Pending<T>> pending = new ArrayDeque<>();
    private int writes;

    /**
     * @param write writes a batch; if it fails, all items of the batch fail
     * @param maxBatch how many items go into one batch at most
     * @param maxWrites how many batches are under way at once at most
     */
    public Batches(Function<List<T>, Uni<Void>> write, int maxBatch, int maxWrites) {
        this.write = write;
        this.maxBatch = maxBatch;
        this.maxWrites = maxWrites;
    }

    /** Writes an item; completes when the batch that holds it is written, and fails as that does. */
    public Uni<Void> add(T item) {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                pending.add(new Pending<>(item, emitter));
            }
            writeNext();
        });
    }

    private void writeNext() {
        List<Pending<T>> batch = take();
        if (batch.isEmpty()) {
            return;
        }
        write.apply(batch.stream().map(Pending::item).toList())
                .onTermination()
                .invoke(this::written)
                .subscribe()
                .with(
                        done -> batch.forEach(p -> p.emitter().complete(null)),
                        failure -> batch.forEach(p -> p.emitter().fail(failure)));
    }

    private void written() {
        synchronized (this) {
            writes--;
        }
        writeNext();
    }

    private synchronized List<Pending<T>> take() {
        if (writes >= maxWrites || pending.isEmpty()) {
            return List.of();
        }
        writes++;
        List<Pending<T>> batch = new ArrayList<>(Math.min(pending.size(), maxBatch));
        while (batch.size() < maxBatch && !pending.isEmpty()) {
            batch.add(pending.poll());
        }
        return batch;
    }
}
