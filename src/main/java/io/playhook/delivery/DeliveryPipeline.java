package io.playhook.delivery;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.circuit.CircuitOpenException;
import io.playhook.platform.Batches;
import io.playhook.webhook.WebhookTarget;

/** Carries a delivery one attempt further, be it the first or a retry. */
@ApplicationScoped
class DeliveryPipeline {

    private final WebhookSender sender;
    private final AttemptRecorder recorder;
    private final ReceiverHealth health;
    private final List<DeliveryListener> listeners;
    private final Batches<UUID> returns;
    private final DeliveryConfig config;
    private final InstantSource clock;
    private final RandomGenerator random;

    // One collaborator for each step of the one path: to bundle them would only hide it.
    DeliveryPipeline(
            WebhookSender sender,
            AttemptRecorder recorder,
            ReceiverHealth health,
            @Any Instance<DeliveryListener> listeners,
            DeliveryQueue queue,
            DeliveryConfig config,
            InstantSource clock,
            RandomGenerator random) {
        this.sender = sender;
        this.recorder = recorder;
        this.health = health;
        this.listeners = listeners.stream().toList();
        this.returns = new Batches<>(ids -> queue.giveBack(ids, clock.instant()), config.recordBatch(), 1);
        this.config = config;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Makes the delivery's next attempt and records it; completes when that is committed. Fails with
     * {@link CircuitOpenException} where the circuit is open: then no attempt was used up.
     */
    Uni<NextStep> deliver(Delivery delivery, Lane lane) {
        return attempt(delivery, lane)
                .onTermination()
                .invoke(lane::slotFreed)
                .map(attempt -> completed(delivery, attempt, lane.target()))
                .call(recorder::record)
                .call(completed -> health.observe(completed, lane))
                .invoke(completed -> listeners.forEach(listener -> listener.attempted(completed)))
                .map(CompletedAttempt::nextStep);
    }

    /** Gives a delivery back that was not attempted; with a probe, the right to send one. */
    Uni<Void> giveBack(Delivery delivery) {
        Uni<Void> returned = returns.add(delivery.id());
        return delivery.probe() ? returned.call(() -> health.probeReturned(delivery.webhookId())) : returned;
    }

    private Uni<Attempt> attempt(Delivery delivery, Lane lane) {
        Supplier<Uni<Attempt>> send = () -> sender.send(delivery, lane.target());
        return delivery.probe()
                ? send.get()
                : lane.breaker().call(send, attempt -> attempt.outcome().isFailure());
    }

    private CompletedAttempt completed(Delivery delivery, Attempt attempt, WebhookTarget target) {
        RetrySchedule schedule =
                new RetrySchedule(target.settings().retrySchedule().orElse(config.retrySchedule()));
        Instant now = attempt.startedAt().plus(attempt.duration());
        return new CompletedAttempt(
                delivery, attempt, schedule.after(attempt.number(), attempt.outcome(), now, random));
    }
}
