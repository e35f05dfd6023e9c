package io.playhook.delivery.lane;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.delivery.request.Deadlines;
import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.webhook.SecurityKeys;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

/** The lanes of a pod that is alone, unless told otherwise, and whose receivers never answer. */
public final class LanesFixture implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final Queue<UUID> sent = new ConcurrentLinkedQueue<>();
    private final Queue<UUID> givenBack = new ConcurrentLinkedQueue<>();
    private final DeliveryConfig config = new SmallRyeConfigBuilder()
            .withMapping(DeliveryConfig.class)
            .withConverter(Duration.class, 200, new DurationConverter())
            .build()
            .getConfigMapping(DeliveryConfig.class);
    private final Set<Integer> forOthers = ConcurrentHashMap.newKeySet();
    private final AtomicLong ahead = new AtomicLong();
    private final Lanes lanes =
            new Lanes(new Recording(), new Deadlines(config), config, new Shared(), this::nanos, vertx);

    public Lanes lanes() {
        return lanes;
    }

    public DeliveryConfig config() {
        return config;
    }

    /** The deliveries that were sent. */
    public Queue<UUID> sent() {
        return sent;
    }

    /** The deliveries that were given back. */
    public Queue<UUID> givenBack() {
        return givenBack;
    }

    /** The time that passes, and what it was advanced by. */
    public long nanos() {
        return System.nanoTime() + ahead.get();
    }

    /** Lets time pass. */
    public void advance(Duration by) {
        ahead.addAndGet(by.toNanos());
    }

    /** Has this pod no share of a webhook. */
    public void leaveToOthers(int webhookId) {
        forOthers.add(webhookId);
    }

    /** A delivery of an organization's event, leased just now. */
    public Delivery delivery(int webhookId, int version) {
        return delivery(UUID.randomUUID(), webhookId, version, null);
    }

    /** A delivery leased just now; a probe where it has a probe's id. */
    public Delivery delivery(UUID eventId, int webhookId, int version, UUID probeId) {
        EventPayload event = new EventPayload(eventId, 1, "videofacade_update", "{}", Instant.EPOCH, null);
        return new Delivery(event, webhookId, version, 0, probeId, false, null, new Lease(OffsetDateTime.MAX, nanos()));
    }

    /** A webhook with the usual settings. */
    public static WebhookTarget target(int webhookId, int version) {
        try {
            return new WebhookTarget(
                    webhookId,
                    1,
                    version,
                    TargetUrl.parse("https://example.com/"),
                    SecurityKeys.of("a-key"),
                    List.of(),
                    Settings.DEFAULT);
        } catch (InvalidTargetUrl e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** All that a webhook allows is this pod's. */
    static class Alone implements Shares {
        @Override
        public int share(int limit, int webhookId) {
            return limit;
        }

        @Override
        public double share(double rate) {
            return rate;
        }
    }

    private final class Shared extends Alone {
        @Override
        public int share(int limit, int webhookId) {
            return forOthers.contains(webhookId) ? 0 : super.share(limit, webhookId);
        }
    }

    private final class Recording implements Carrier {
        @Override
        public Uni<CompletedAttempt> deliver(
                Delivery delivery, WebhookTarget target, Receiver receiver, Runnable ended) {
            sent.add(delivery.id());
            return Uni.createFrom().nothing();
        }

        @Override
        public Uni<Void> observe(CompletedAttempt completed, Receiver receiver) {
            return Uni.createFrom().voidItem();
        }

        @Override
        public Uni<Void> giveBack(Delivery delivery) {
            givenBack.add(delivery.id());
            return Uni.createFrom().voidItem();
        }

        @Override
        public Uni<Void> circuitOpened(int webhookId) {
            return Uni.createFrom().voidItem();
        }
    }
}
