package io.playhook.delivery.worker;

import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.Attempt;
import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.DeliveryListener;
import io.playhook.delivery.RetrySchedule;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.delivery.circuit.ReceiverHealth;
import io.playhook.delivery.lane.Carrier;
import io.playhook.delivery.queue.AttemptRecorder;
import io.playhook.delivery.request.WebhookSender;
import io.playhook.platform.Ticker;
import io.playhook.webhook.WebhookTarget;

/** Carries a delivery one attempt further, be it the first or a retry. */
@ApplicationScoped
class DeliveryPipeline implements Carrier {

    private final WebhookSender sender;
    private final AttemptRecorder recorder;
    private final ReceiverHealth health;
    private final List<DeliveryListener> listeners;
    private final DeliveryConfig config;
    private final Ticker ticker;
    private final RandomGenerator random;

    // One collaborator for each step of the one path: to bundle them would only hide it.
    DeliveryPipeline(
            WebhookSender sender,
            AttemptRecorder recorder,
            ReceiverHealth health,
            @Any Instance<DeliveryListener> listeners,
            DeliveryConfig config,
            Ticker ticker,
            RandomGenerator random) {
        this.sender = sender;
        this.recorder = recorder;
        this.health = health;
        this.listeners = listeners.stream().toList();
        this.config = config;
        this.ticker = ticker;
        this.random = random;
    }

    @Override
    public Uni<CompletedAttempt> deliver(Delivery delivery, WebhookTarget target, Receiver receiver, Runnable sent) {
        return attempt(delivery, target, receiver)
                .onTermination()
                .invoke(sent)
                .map(attempt -> completed(delivery, attempt, target))
                .call(recorder::record)
                .invoke(completed -> listeners.forEach(listener -> listener.attempted(completed)));
    }

    @Override
    public Uni<Void> observe(CompletedAttempt completed, Receiver receiver) {
        return health.observe(completed, receiver);
    }

    @Override
    public Uni<Void> giveBack(Delivery delivery) {
        Uni<Void> returned = recorder.giveBack(delivery);
        return delivery.isProbe() ? returned.call(() -> health.probeReturned(delivery)) : returned;
    }

    @Override
    public Uni<Void> circuitOpened(int webhookId) {
        return health.circuitOpened(webhookId);
    }

    private Uni<Attempt> attempt(Delivery delivery, WebhookTarget target, Receiver receiver) {
        Supplier<Uni<Attempt>> send = () -> sender.send(delivery, target);
        return delivery.isProbe()
                ? send.get()
                : receiver.breaker().call(send, attempt -> attempt.outcome().isFailure());
    }

    private CompletedAttempt completed(Delivery delivery, Attempt attempt, WebhookTarget target) {
        RetrySchedule schedule =
                new RetrySchedule(target.settings().retrySchedule().orElse(config.retrySchedule()));
        return new CompletedAttempt(
                delivery,
                attempt,
                schedule.after(delivery.inSchedule(attempt.number()), attempt.outcome(), random),
                ticker.nanos());
    }
}
