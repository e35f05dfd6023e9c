package io.playhook.delivery.lane;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.circuit.CircuitOpenException;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.webhook.WebhookTarget;

/** What a lane hands its deliveries to: {@link DeliveryPipeline}. */
public interface Carrier {

    /**
     * Makes the delivery's next attempt and records it; completes when that is committed. Fails with
     * {@link CircuitOpenException} where the circuit is open: then no attempt was used up.
     *
     * @param sent run when the attempt has ended, before it is recorded
     */
    Uni<CompletedAttempt> deliver(Delivery delivery, WebhookTarget target, Receiver receiver, Runnable sent);

    /** Learns what a recorded attempt says of the receiver. Never fails. */
    Uni<Void> observe(CompletedAttempt completed, Receiver receiver);

    /** Gives a delivery back that was not attempted; with a probe, the right to send one. */
    Uni<Void> giveBack(Delivery delivery);

    /** Opens the circuit for all pods, because it opened in this one. */
    Uni<Void> circuitOpened(int webhookId);
}
