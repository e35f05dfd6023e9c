package io.playhook.delivery.queue;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.platform.database.Batches;
import io.playhook.platform.database.DatabaseFault;

/**
 * Tells the queue in batches what became of leased deliveries, and does not give up while the database is away: until then
 * this pod goes on holding them, and does not send them again.
 */
@ApplicationScoped
public class AttemptRecorder {

    private static final Logger LOG = Logger.getLogger(AttemptRecorder.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final int WRITES_AT_ONCE = 2;

    private final Batches<CompletedAttempt> attempts;
    private final Batches<CompletedAttempt> turns;
    private final Batches<Delivery> returns;

    AttemptRecorder(DeliveryQueue queue, DeliveryConfig config, Vertx vertx) {
        Batches.Timer timer = Batches.Timer.of(vertx);
        this.attempts =
                new Batches<>(batch -> write(batch, queue::record), config.recordBatch(), WRITES_AT_ONCE, timer);
        // By themselves: they may have to wait for a publisher that holds the locks of their players.
        this.turns =
                new Batches<>(batch -> write(batch, queue::recordTurns), config.recordBatch(), WRITES_AT_ONCE, timer);
        this.returns = new Batches<>(batch -> insist(() -> queue.giveBack(batch)), config.recordBatch(), 1, timer);
    }

    /** Completes when the attempt, and what follows from it, is committed. */
    public Uni<Void> record(CompletedAttempt completed) {
        return (completed.delivery().takesTurns() ? turns : attempts).add(completed);
    }

    /** Ends the lease of a delivery without an attempt; completes when that is committed. */
    public Uni<Void> giveBack(Delivery delivery) {
        return returns.add(delivery);
    }

    private static Uni<Void> write(List<CompletedAttempt> batch, Function<List<CompletedAttempt>, Uni<Void>> write) {
        return insist(() -> write.apply(batch))
                .onFailure()
                .recoverWithUni(fault -> batch.size() == 1 ? lost(batch.get(0), fault) : writeSingly(batch, write));
    }

    private static Uni<Void> insist(Supplier<Uni<Void>> write) {
        return Uni.createFrom()
                .deferred(write::get)
                .onFailure(DatabaseFault::isUnavailable)
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely();
    }

    // One attempt that can't be stored must not take the others of its batch with it.
    private static Uni<Void> writeSingly(
            List<CompletedAttempt> batch, Function<List<CompletedAttempt>, Uni<Void>> write) {
        return Multi.createFrom()
                .iterable(batch)
                .onItem()
                .transformToUniAndConcatenate(completed -> write(List.of(completed), write))
                .collect()
                .asList()
                .replaceWithVoid();
    }

    private static Uni<Void> lost(CompletedAttempt completed, Throwable fault) {
        LOG.errorf(
                fault,
                "Attempt %d of delivery %s can't be recorded; it is made again when its lease ends",
                completed.attempt().number(),
                completed.delivery().id());
        return Uni.createFrom().voidItem();
    }
}
