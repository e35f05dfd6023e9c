package io.playhook.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.stream.StreamRepository.Page;

/**
 * Asks for what is new, twice a second and once for all who listen, while anybody does. Who can't take it, or is further behind,
 * catches up by itself and comes back. Thread-safe.
 */
@ApplicationScoped
class Tail {

    private static final Logger LOG = Logger.getLogger(Tail.class);
    private static final Duration EVERY = Duration.ofMillis(500);

    /** So many are told together. All at once would be a burst, in which deliveries have to wait. */
    private static final int TOGETHER = 8;

    private static final Duration PAUSE = Duration.ofMillis(10);

    private final StreamRepository repository;
    private final StreamText text;
    private final Vertx vertx;

    /** Each with the transaction before which it has seen all. */
    private final Map<Follower, Long> followers = new HashMap<>();

    /** Before this transaction, all was handed out. */
    private long horizon;

    private boolean isRunning;

    Tail(StreamRepository repository, StreamText text, Vertx vertx) {
        this.repository = repository;
        this.text = text;
        this.vertx = vertx;
    }

    /** Who gets what is new. None of it may block, and each is called in the order of the stream. */
    interface Follower {

        int organizationId();

        /**
         * Takes what is new.
         *
         * @param batch of its organization, all that there are before {@code seen}
         * @param seen the transaction before which it has seen all then
         */
        void take(Batch batch, long seen);

        /** Is not followed up any more: it has to catch up by itself, and join again. */
        void fallBehind();
    }

    /**
     * Has a follower get what is new.
     *
     * @param seen the transaction before which it has seen all
     * @return whether it does; else it has to catch up first
     */
    synchronized boolean join(Follower follower, long seen) {
        if (!isRunning) {
            horizon = seen;
            isRunning = true;
            later();
        }
        if (seen < horizon) {
            return false;
        }
        followers.put(follower, seen);
        return true;
    }

    synchronized void leave(Follower follower) {
        followers.remove(follower);
    }

    private void later() {
        vertx.setTimer(EVERY.toMillis(), timer -> look());
    }

    private void look() {
        Set<Follower> asking;
        long from;
        synchronized (this) {
            if (followers.isEmpty()) {
                isRunning = false;
                return;
            }
            asking = new HashSet<>(followers.keySet());
            from = horizon;
        }
        Set<Integer> organizations =
                asking.stream().map(Follower::organizationId).collect(Collectors.toSet());
        repository
                .behind(StreamPosition.before(from), organizations)
                .map(page -> handOut(page, asking, batches(page, organizations)))
                .subscribe()
                .with(tellings -> tell(tellings.iterator()), fault -> {
                    LOG.debugf("Nothing new is streamed: %s", fault.getMessage());
                    later();
                });
    }

    private Map<Integer, Batch> batches(Page page, Set<Integer> organizations) {
        return organizations.stream().collect(Collectors.toMap(id -> id, id -> text.batch(id, page.of(id))));
    }

    /** Counts what was read as handed out, and gives what that takes, follower by follower. */
    private synchronized List<Runnable> handOut(Page page, Set<Follower> asked, Map<Integer, Batch> batches) {
        horizon = page.horizon();
        long seen = horizon;
        List<Runnable> tellings = new ArrayList<>();
        for (Map.Entry<Follower, Long> entry : Map.copyOf(followers).entrySet()) {
            Follower follower = entry.getKey();
            int organizationId = follower.organizationId();
            boolean hasAll = asked.contains(follower) && !page.isFull(organizationId);
            if (hasAll && entry.getValue() <= seen) {
                followers.put(follower, seen);
                Batch batch = batches.get(organizationId);
                tellings.add(() -> follower.take(batch, seen));
            } else if (entry.getValue() < seen) {
                followers.remove(follower);
                tellings.add(follower::fallBehind);
            }
        }
        return tellings;
    }

    private void tell(Iterator<Runnable> tellings) {
        for (int i = 0; i < TOGETHER && tellings.hasNext(); i++) {
            tellings.next().run();
        }
        if (tellings.hasNext()) {
            vertx.setTimer(PAUSE.toMillis(), timer -> tell(tellings));
        } else {
            later();
        }
    }
}
