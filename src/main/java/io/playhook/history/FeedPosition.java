package io.playhook.history;

import java.time.Instant;
import java.util.UUID;

/**
 * Where a reader of the feed stands: behind one event, in the order of (transaction, id).
 *
 * @param tx the transaction that accepted it; PostgreSQL's, which never come again
 * @param reached the database's time up to which the reader has seen everything, roughly: it says whether events behind the
 *     position are kept still
 */
record FeedPosition(long tx, UUID id, Instant reached) {

    /** Before all events. */
    static final FeedPosition START = new FeedPosition(0, new UUID(0, 0), Instant.EPOCH);

    static FeedPosition of(long[] sealed) {
        return new FeedPosition(sealed[0], new UUID(sealed[1], sealed[2]), Instant.ofEpochMilli(sealed[3]));
    }

    long[] toSeal() {
        return new long[] {tx, id.getMostSignificantBits(), id.getLeastSignificantBits(), reached.toEpochMilli()};
    }
}
