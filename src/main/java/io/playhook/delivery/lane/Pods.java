package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.UUID;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.queue.DeliveryQueue;

/**
 * Shares out what a webhook allows among the pods that are alive, so that together they keep its limits. Who starts or
 * dies is noticed within seconds: until then the limits are kept by each pod, not by all together.
 */
@ApplicationScoped
public class Pods implements Shares {

    private static final Logger LOG = Logger.getLogger(Pods.class);
    private static final Duration TELL_EVERY = Duration.ofSeconds(2);
    private static final Duration ALIVE_FOR = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final PodRepository repository;
    private final Vertx vertx;
    private final UUID id;
    private volatile Place place;
    private volatile boolean closing;
    private volatile boolean counted;
    private volatile Runnable onChange = () -> {};

    Pods(PodRepository repository, DeliveryQueue queue, Vertx vertx) {
        this.repository = repository;
        this.vertx = vertx;
        this.id = queue.pod();
        this.place = Place.alone(id);
    }

    /**
     * Whether this pod has told the others of itself and knows how many they are, or could not. Until then it must send
     * nothing: what a webhook allows would be sent by each pod that starts.
     */
    public boolean isCounted() {
        return counted;
    }

    /** Calls {@code listener} when this pod is counted, and each time that its part has changed. */
    public void onChange(Runnable listener) {
        onChange = listener;
    }

    @Override
    public int share(int limit, int webhookId) {
        return place.share(limit, webhookId);
    }

    @Override
    public double share(double rate) {
        return rate / place.pods().size();
    }

    // The start does not wait for it: a database that is slow or away must not keep a pod from saying so.
    void start(@Observes StartupEvent event) {
        tell().subscribe().with(v -> {
            counted = true;
            onChange.run();
        });
        vertx.setPeriodic(TELL_EVERY.toMillis(), timer -> tell().subscribe().with(v -> {}));
    }

    // After the worker has sent its last.
    void stop(@Observes @Priority(10_000) ShutdownEvent event) {
        closing = true;
        repository
                .gone(id)
                .ifNoItem()
                .after(PATIENCE)
                .fail()
                .onFailure()
                .recoverWithNull()
                .await()
                .indefinitely();
    }

    private void moved(Place now) {
        boolean changed = !now.equals(place);
        place = now;
        if (changed) {
            LOG.infof("This is one of %d pods", now.pods().size());
            onChange.run();
        }
    }

    private Uni<Void> tell() {
        if (closing) {
            return Uni.createFrom().voidItem();
        }
        return repository
                .seen(id, ALIVE_FOR)
                .ifNoItem()
                .after(PATIENCE)
                .fail()
                .invoke(this::moved)
                .replaceWithVoid()
                .onFailure()
                .invoke(fault -> LOG.debugf("Not told that this pod is alive: %s", fault.getMessage()))
                .onFailure()
                .recoverWithNull();
    }
}
