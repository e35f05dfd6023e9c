package io.playhook.delivery.circuit;

/** What this pod remembers of one webhook's receiver: its breaker, and its failures since the last success. */
public final class Receiver {

    private final int webhookId;
    private final Runnable onOpen;
    private CircuitBreaker breaker;
    private final FailureStreak streak = new FailureStreak();

    /** One of which nothing is known yet; runs {@code onOpen} each time its breaker opens. */
    public Receiver(int webhookId, Runnable onOpen) {
        this.webhookId = webhookId;
        this.onOpen = onOpen;
    }

    public int webhookId() {
        return webhookId;
    }

    /** Made when it is first asked for: it is the heaviest part of what a pod keeps for a webhook. */
    public synchronized CircuitBreaker breaker() {
        if (breaker == null) {
            breaker = new CircuitBreaker(onOpen);
        }
        return breaker;
    }

    public FailureStreak streak() {
        return streak;
    }
}
