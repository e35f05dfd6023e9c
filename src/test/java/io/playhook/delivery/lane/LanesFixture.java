package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.delivery.request.Deadlines;
import io.playhook.webhook.WebhookTarget;

/** The lanes of a pod that is alone, and whose receivers never answer. */
public final class LanesFixture implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final Queue<UUID> sent = new ConcurrentLinkedQueue<>();
    private final Queue<UUID> givenBack = new ConcurrentLinkedQueue<>();
    private final DeliveryConfig config = new SmallRyeConfigBuilder()
            .withMapping(DeliveryConfig.class)
            .withConverter(Duration.class, 200, new DurationConverter())
            .build()
            .getConfigMapping(DeliveryConfig.class);
    private final Lanes lanes =
            new Lanes(new Recording(), new Deadlines(config), config, new Alone(), System::nanoTime, vertx);

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

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** All that a webhook allows is this pod's. */
    static final class Alone implements Shares {
        @Override
        public int share(int limit, int webhookId) {
            return limit;
        }

        @Override
        public double share(double rate) {
            return rate;
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
