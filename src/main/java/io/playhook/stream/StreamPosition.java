package io.playhook.stream;

import java.util.Comparator;
import java.util.UUID;

/**
 * Where a listener stands: behind one attempt, in the order of (transaction, event, webhook, number).
 *
 * @param tx the transaction that recorded it; PostgreSQL's, which never come again
 */
record StreamPosition(long tx, UUID eventId, int webhookId, int number) implements Comparable<StreamPosition> {

    private static final Comparator<StreamPosition> ORDER = Comparator.comparingLong(StreamPosition::tx)
            // As the database compares them, and Java does not.
            .thenComparing(position -> position.eventId().getMostSignificantBits(), Long::compareUnsigned)
            .thenComparing(position -> position.eventId().getLeastSignificantBits(), Long::compareUnsigned)
            .thenComparingInt(StreamPosition::webhookId)
            .thenComparingInt(StreamPosition::number);

    private static final UUID FIRST = new UUID(0, 0);

    /** Behind everything that was recorded by transactions before this one. */
    static StreamPosition before(long tx) {
        return new StreamPosition(tx, FIRST, 0, 0);
    }

    @Override
    public int compareTo(StreamPosition other) {
        return ORDER.compare(this, other);
    }
}
