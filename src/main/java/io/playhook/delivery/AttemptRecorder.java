package io.playhook.delivery;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import org.jboss.logging.Logger;

import io.playhook.platform.Batches;
import io.playhook.platform.DatabaseFault;

/**
 * Records attempts in batches, and does not give up while the database is away: until an attempt is recorded, this pod
 * goes on holding its delivery and does not send it again.
 */
@ApplicationScoped
class AttemptRecorder {

    private static final Logger LOG = Logger.getLogger(AttemptRecorder.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final int WRITES_AT_ONCE = 2;

    private final DeliveryQueue queue;
    private final InstantSource clock;
    private final Batches<CompletedAttempt> batches;

    AttemptRecorder(DeliveryQueue queue, DeliveryConfig config, InstantSource clock) {
        this.queue = queue;
        this.clock = clock;
        this.batches = new Batches<>(this::write, config.recordBatch(), WRITES_AT_ONCE);
    }

    /** Completes when the attempt, and what follows from it, is committed. */
    Uni<Void> record(CompletedAttempt completed) {
        return batches.add(completed);
    }

    private Uni<Void> write(List<CompletedAttempt> batch) {
        return queue.record(batch, clock.instant())
                .onFailure(DatabaseFault::isUnavailable)
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely()
                .onFailure()
                .recoverWithUni(fault -> batch.size() == 1 ? lost(batch.get(0), fault) : writeSingly(batch));
    }

    // One attempt that can't be stored must not take the others of its batch with it.
    private Uni<Void> writeSingly(List<CompletedAttempt> batch) {
        return Multi.createFrom()
                .iterable(batch)
                .onItem()
                .transformToUniAndConcatenate(completed -> write(List.of(completed)))
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
