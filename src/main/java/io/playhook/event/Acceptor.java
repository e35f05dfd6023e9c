package io.playhook.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jboss.logging.Logger;

import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.worker.DeliveryWorker;
import io.playhook.event.EventStore.Accepted;
import io.playhook.platform.database.Batches;
import io.playhook.platform.database.Database;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.platform.problem.Problem;

/**
 * Commits what is published at the same time in groups, with all its deliveries, and hands those on that this pod can send at
 * once: one statement and one commit for a group cost little more than for a single event. Where nothing is being committed,
 * a publish is a group of its own, and waits for nobody.
 *
 * <p>Nobody's publish may cost another's much: one that fails takes no other with it, one with many deliveries has a group of
 * its own, and so have those of organizations with deliveries that take turns, which may wait for locks.
 */
@ApplicationScoped
class Acceptor {

    private static final Logger LOG = Logger.getLogger(Acceptor.class);

    /** Of a group, in deliveries. */
    private static final int MAX_WEIGHT = 256;

    /** How long the players are that weigh as much as a delivery. */
    private static final int LENGTH_OF_ONE = 2_048;

    private static final int GROUPS_AT_ONCE = 2;
    private static final int ORGANIZATIONS_REMEMBERED = 10_000;

    /** For how long a publish whose answer was lost is repeated: a restart of the database is usually over by then. */
    private static final Duration REPEAT_FOR = Duration.ofSeconds(8);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final EventStore store;
    private final DeliveryWorker worker;
    private final Batches<Publish> groups;

    /** What the last publish of an organization was like. A guess of what the next will be, and no more. */
    private final Map<Integer, Shape> shapes = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Shape> eldest) {
            return size() > ORGANIZATIONS_REMEMBERED;
        }
    };

    private record Shape(int deliveriesOfEach, boolean inTurns) {}

    Acceptor(EventStore store, DeliveryWorker worker, Database database) {
        this.store = store;
        this.worker = worker;
        this.groups = database.batches(this::commit, Publish::weight, MAX_WEIGHT, GROUPS_AT_ONCE);
    }

    /** A publication in its group. */
    private static final class Publish {
        private final Publication publication;
        private final int weight;
        private LeaseOffer lease;
        private Accepted accepted;

        Publish(Publication publication, int deliveriesOfEach) {
            this.publication = publication;
            int deliveries = Math.max(1, Math.min(MAX_WEIGHT, deliveriesOfEach))
                    * publication.events().size();
            long length = 0;
            for (PlayerEvent event : publication.events()) {
                length += event.player().length();
            }
            this.weight = (int) Math.min(MAX_WEIGHT, Math.max(deliveries, length / LENGTH_OF_ONE));
        }

        int weight() {
            return weight;
        }
    }

    /**
     * Accepts a publication; it is committed when this completes, unless it is among what was refused. Where it has a key and
     * the answer is lost, it fails with that fault: whether it was this that took the key, the caller has to find out.
     *
     * @return what became of all events of its group
     */
    Future<Accepted> accept(Publication publication) {
        Promise<Accepted> promise = Promise.promise();
        Publish publish = new Publish(publication, shape(publication).deliveriesOfEach());
        commit(publish, fault -> {
            if (fault == null) {
                promise.complete(publish.accepted);
            } else if (publication.key().isEmpty() && DatabaseFault.isAnswerLost(fault)) {
                commitAgain(publish).subscribe().with(promise::complete, promise::fail);
            } else {
                promise.fail(fault);
            }
        });
        return promise.future();
    }

    private void commit(Publish publish, Consumer<Throwable> whenEnded) {
        if (shape(publish.publication).inTurns()) {
            commitAlone(publish, whenEnded);
            return;
        }
        groups.add(publish, fault -> {
            if (fault == null || DatabaseFault.isUnavailable(fault)) {
                whenEnded.accept(fault);
            } else {
                // The fault may be another's.
                commitAlone(publish, whenEnded);
            }
        });
    }

    private void commitAlone(Publish publish, Consumer<Throwable> whenEnded) {
        commit(List.of(publish)).subscribe().with(done -> whenEnded.accept(null), whenEnded);
    }

    private Uni<Void> commit(List<Publish> group) {
        Map<Integer, Integer> eventsOfOrganizations = new HashMap<>();
        List<Publication> publications = new ArrayList<>(group.size());
        for (Publish publish : group) {
            Publication publication = publish.publication;
            publications.add(publication);
            eventsOfOrganizations.merge(
                    publication.organizationId(), publication.events().size(), Integer::sum);
        }
        LeaseOffer lease = worker.leaseOffer(eventsOfOrganizations);
        group.forEach(publish -> publish.lease = lease);
        return store.accept(publications, lease)
                .invoke(accepted -> committed(group, accepted))
                .replaceWithVoid();
    }

    private Uni<Accepted> commitAgain(Publish publish) {
        return repeat(
                () -> store.acceptAgain(publish.publication, publish.lease),
                first -> first.unauthorized().isEmpty()
                        ? store.accepted(publish.publication, publish.lease)
                                .invoke(accepted -> committed(List.of(publish), accepted))
                        : Uni.createFrom().item(first));
    }

    /**
     * The connection was lost before the answer came, and with it whether events are committed. They carry their ids, so to
     * insert them once more adds nothing if they are; if the first try is still under way, it is waited for.
     *
     * @param commit commits them, perhaps for the second time
     * @param read what has become of them by either
     */
    static <A, B> Uni<B> repeat(Supplier<Uni<? extends A>> commit, Function<A, Uni<? extends B>> read) {
        return Uni.createFrom()
                .<A>deferred(commit)
                .<B>chain(read)
                .onFailure(DatabaseFault::isUnavailable)
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .expireIn(REPEAT_FOR.toMillis())
                .onFailure(DatabaseFault::isUnavailable)
                .transform(Acceptor::unknown);
    }

    private static Throwable unknown(Throwable fault) {
        LOG.warnf("It is not known whether events were accepted, the database is away: %s", fault.getMessage());
        return Problem.unavailable("The database was lost while it accepted this: whether it did is not known. "
                + "With an idempotency key the request can be repeated safely.");
    }

    /** Has those deliveries sent that this pod has leased, and the others looked for. */
    void dispatch(Accepted accepted) {
        worker.dispatch(accepted.leased());
        accepted.waiting().forEach(worker::queued);
    }

    private void committed(List<Publish> group, Accepted accepted) {
        dispatch(accepted);
        for (Publish publish : group) {
            publish.accepted = accepted;
            remember(publish, accepted);
        }
    }

    private void remember(Publish publish, Accepted accepted) {
        int most = 0;
        boolean inTurns = false;
        for (PlayerEvent event : publish.publication.events()) {
            if (accepted.isRefused(event.id())) {
                // It says nothing of the others.
                return;
            }
            most = Math.max(most, accepted.deliveriesOf(event.id()));
            inTurns |= accepted.inTurns().contains(event.id());
        }
        Shape shape = new Shape(most, inTurns);
        synchronized (shapes) {
            shapes.put(publish.publication.organizationId(), shape);
        }
    }

    private Shape shape(Publication publication) {
        synchronized (shapes) {
            return shapes.getOrDefault(publication.organizationId(), new Shape(1, false));
        }
    }
}
