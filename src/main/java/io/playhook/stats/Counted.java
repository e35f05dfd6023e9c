package io.playhook.stats;

/** What was counted of a webhook in an hour. Not thread-safe. */
final class Counted {

    private final Histogram attempts = new Histogram();
    private final Histogram deliveries = new Histogram();
    private int attempted;
    private int delivered;

    void attempted(long millis) {
        attempted++;
        attempts.add(millis);
    }

    void delivered() {
        delivered++;
    }

    /** How long it took from its acceptance. */
    void deliveredAfter(long millis) {
        deliveries.add(millis);
    }

    void add(Counted other) {
        attempted += other.attempted;
        delivered += other.delivered;
        attempts.add(other.attempts.pairs());
        deliveries.add(other.deliveries.pairs());
    }

    int attempts() {
        return attempted;
    }

    int deliveries() {
        return delivered;
    }

    Histogram attemptMillis() {
        return attempts;
    }

    Histogram deliveryMillis() {
        return deliveries;
    }
}
