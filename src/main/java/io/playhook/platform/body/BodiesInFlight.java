package io.playhook.platform.body;

import java.util.HashMap;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import io.quarkus.runtime.configuration.MemorySize;

import io.playhook.platform.problem.Problem;

/**
 * Counts the bytes of the bodies that are in flight, and refuses what there is no memory for. They are counted as they come:
 * what a request only announces takes nothing, or a few senders that announce much would keep everybody out. Thread-safe.
 *
 * <p>No sender alone takes more than its part. Large bodies leave something for small ones.
 */
@ApplicationScoped
public class BodiesInFlight {

    /** The largest body that may come. */
    public static final int LARGEST = 8 * 1024 * 1024;

    /** What a request takes beside its body, in bytes: it bounds how many there are. */
    private static final int EACH = 4 * 1024;

    private static final int SMALL = 64 * 1024;

    private static final int PART_OF_HEAP = 8;

    /** Whom a body is from. */
    public sealed interface Sender {

        /** An organization that has shown its token: half of all is the most that it gets. */
        record Organization(int id) implements Sender {}

        /** Whoever has shown the admin token: a quarter. */
        record Admin() implements Sender {}

        /** All who have shown nothing yet, together: a quarter. */
        record Unknown() implements Sender {}
    }

    private final long limit;
    private final Map<Sender, Long> bySender = new HashMap<>();
    private long all;

    @Inject
    BodiesInFlight(BodyConfig config) {
        this(config.inFlight()
                .map(MemorySize::asLongValue)
                .orElse(Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
    }

    /**
     * @param limit in bytes; at least so many that an organization's half holds the largest body
     */
    BodiesInFlight(long limit) {
        this.limit = Math.max(limit, 2L * (LARGEST + EACH));
    }

    /** Counts a body that begins; throws a 429 or 503 {@link Problem} if there is no room for it. */
    public Body open(Sender sender) {
        Body body = new Body(sender);
        body.add(EACH);
        return body;
    }

    /** How many bytes are in flight. */
    public synchronized long bytes() {
        return all;
    }

    private synchronized void take(Sender sender, int bytes, boolean large) {
        long its = bySender.getOrDefault(sender, 0L) + bytes;
        if (its > partOf(sender)) {
            throw sender instanceof Sender.Organization
                    ? Problem.tooMany("The organization has too much under way at once. Nothing was accepted.")
                    : Problem.unavailable("There is too much under way at once from senders who are not known yet.");
        }
        if (all + bytes > (large ? limit / 4 * 3 : limit)) {
            throw Problem.unavailable("There is too much under way at once. Nothing was accepted.");
        }
        bySender.put(sender, its);
        all += bytes;
    }

    private synchronized void give(Sender sender, long bytes) {
        bySender.computeIfPresent(sender, (known, its) -> its == bytes ? null : its - bytes);
        all -= bytes;
    }

    private long partOf(Sender sender) {
        return sender instanceof Sender.Organization ? limit / 2 : limit / 4;
    }

    /** One body that is counted. */
    public final class Body implements AutoCloseable {

        private final Sender sender;
        private long bytes;
        private boolean closed;

        private Body(Sender sender) {
            this.sender = sender;
        }

        /** Counts what has come of it; throws a 429 or 503 {@link Problem} if there is no room for that. */
        public synchronized void add(int more) {
            if (!closed) {
                take(sender, more, bytes + more > SMALL);
                bytes += more;
            }
        }

        /** Counts it no longer. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                give(sender, bytes);
            }
        }
    }
}
