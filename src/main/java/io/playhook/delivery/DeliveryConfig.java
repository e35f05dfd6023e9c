package io.playhook.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How deliveries are made. */
@ConfigMapping(prefix = "playhook.delivery")
public interface DeliveryConfig {

    /** The delay before each retry, unless the webhook sets its own; after the last the delivery has failed. */
    @WithDefault("0s,5s,5m,30m,2h,5h,10h,14h,20h,24h")
    List<Duration> retrySchedule();

    /**
     * Deadline of a whole attempt, body included, unless the webhook sets its own. A larger one lets a slow receiver hold
     * its own slots longer.
     */
    @WithDefault("15s")
    Duration timeout();

    /**
     * For how long a pod holds what it took on. A larger one delays what a killed pod held; it must exceed every
     * attempt's deadline (30 s at most), and an attempt's deadline is cut where it would not.
     */
    @WithDefault("45s")
    Duration lease();

    /**
     * How often a pod looks for due deliveries where some come due, and four times as long where none do. A larger one delays
     * retries that come due together; a smaller one costs queries.
     */
    @WithDefault("500ms")
    Duration pollInterval();

    /**
     * How many deliveries of one webhook a pod holds at most, in flight and waiting: fewer where they are large, or where the
     * receiver is slow. What a pod holds need not be claimed; a larger one leaves less for other pods.
     */
    @WithDefault("3000")
    int heldPerWebhook();

    /**
     * How many bytes of payload a pod holds for all webhooks; the rest waits in the database. An eighth of the heap where it
     * is not set, and 64 MiB at most. A larger one sends more beside each other from large payloads.
     */
    Optional<Long> heldBytes();

    /**
     * How many attempts a pod makes at once; with more under way each webhook gets one at a time. One for each 64 KiB of the
     * heap where it is not set: each takes a connection, a request and its payload.
     */
    Optional<Integer> attemptsAtOnce();

    /** How many attempts are recorded by one statement. A larger one costs latency, a smaller one throughput. */
    @WithDefault("200")
    int recordBatch();

    /** How long a stopping pod waits for attempts in flight before it gives them up to their leases. */
    @WithDefault("20s")
    Duration shutdownGrace();
}
