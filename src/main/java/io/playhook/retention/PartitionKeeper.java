package io.playhook.retention;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

import io.playhook.platform.database.DatabaseFault;
import io.playhook.retention.PartitionRepository.OldRows;
import io.playhook.retention.PartitionRepository.Step;

/**
 * Makes partitions for the days to come, and drops those of which nothing is kept any more; one pod at a time, at the start and
 * once an hour. After an upgrade it also moves what lies in tables of the layout before.
 */
@ApplicationScoped
class PartitionKeeper {

    private static final Logger LOG = Logger.getLogger(PartitionKeeper.class);

    /** So few that a statement which looks into all of them costs little, however long things are kept. */
    private static final int PARTITIONS_KEPT = 4;

    /** For pods whose clocks are ahead, and for days on which no pod runs. */
    private static final Duration AHEAD = Duration.ofDays(3);

    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);
    private static final Duration BETWEEN_BATCHES = Duration.ofMillis(20);
    private static final int BATCH = 2_000;

    private final PartitionRepository repository;
    private final Vertx vertx;
    private final Duration keep;
    private final Duration width;
    private volatile boolean closing;

    /**
     * @param retention how long events, deliveries and attempts are kept at least, a day or more; what is not settled yet is kept
     *     until it is. A longer time takes disk, and costs deliveries nothing
     */
    PartitionKeeper(
            PartitionRepository repository,
            @ConfigProperty(name = "playhook.retention", defaultValue = "30d") Duration retention,
            Vertx vertx) {
        this.repository = repository;
        this.vertx = vertx;
        this.keep = retention;
        if (keep.compareTo(Duration.ofDays(1)) < 0) {
            throw new IllegalArgumentException("PLAYHOOK_RETENTION has to be a day at least, such as 30d");
        }
        this.width = Duration.ofDays(Math.max(1, keep.toDays() / PARTITIONS_KEPT));
    }

    // The start does not wait for it: there is a partition for everything.
    void start(@Observes StartupEvent event) {
        keep();
    }

    void stop(@Observes ShutdownEvent event) {
        closing = true;
    }

    private void keep() {
        if (closing) {
            return;
        }
        step().chain(step -> step == Step.LOCKED
                        ? Uni.createFrom().item(AGAIN_AFTER)
                        : moveWhatIsOld().replaceWith(EVERY))
                .onFailure()
                .invoke(PartitionKeeper::tell)
                .onFailure()
                .recoverWithItem(AGAIN_AFTER)
                .subscribe()
                .with(pause -> vertx.setTimer(pause.toMillis(), timer -> keep()));
    }

    private Uni<Step> step() {
        return repository.keep(keep, width, AHEAD).chain(step -> {
            if (!step.isProgress()) {
                return Uni.createFrom().item(step);
            }
            LOG.infof("Partitions: %s", step);
            return step();
        });
    }

    private Uni<Void> moveWhatIsOld() {
        return repository.hasOldTables().chain(old -> {
            if (!old) {
                return Uni.createFrom().voidItem();
            }
            LOG.info("Rows of the layout before are moved");
            Uni<Void> moved = Uni.createFrom().voidItem();
            for (OldRows kind : OldRows.values()) {
                moved = moved.chain(() -> move(kind)).invoke(() -> LOG.infof("Moved: %s", kind));
            }
            return moved;
        });
    }

    private Uni<Void> move(OldRows kind) {
        AtomicReference<Optional<UUID>> last = new AtomicReference<>(Optional.empty());
        return Uni.createFrom()
                .deferred(() -> closing
                        ? Uni.createFrom().failure(new CancellationException("the pod stops"))
                        : repository.moveOldRows(kind, last.get(), BATCH))
                .invoke(last::set)
                .repeat()
                .withDelay(BETWEEN_BATCHES)
                .whilst(Optional::isPresent)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static void tell(Throwable fault) {
        if (!DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("Partitions are not looked after: %s", fault.getMessage());
        }
    }
}
