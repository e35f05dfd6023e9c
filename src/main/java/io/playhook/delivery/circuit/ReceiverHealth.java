package io.playhook.delivery.circuit;

import java.time.InstantSource;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import org.jboss.logging.Logger;

import io.playhook.delivery.AttemptOutcome;
import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.NextStep.Disable;
import io.playhook.platform.Ticker;
import io.playhook.platform.database.Batches;
import io.playhook.webhook.WebhookTargets;

/** Draws from an attempt what it says of the receiver: closes and opens circuits, disables webhooks. */
@ApplicationScoped
public class ReceiverHealth {

    private static final Logger LOG = Logger.getLogger(ReceiverHealth.class);

    /** There is nothing to note: it waits for no connection. */
    private static final Uni<Void> NOTHING = Uni.createFrom().voidItem();

    /** How many of the connections for deliveries notes may take: receivers that fail together leave the rest to others. */
    private static final int CONNECTIONS = 2;

    private final Batches<Uni<Void>> notes;
    private final Circuits circuits;
    private final WebhookTargets webhooks;
    private final InstantSource clock;
    private final Ticker ticker;

    ReceiverHealth(Circuits circuits, WebhookTargets webhooks, InstantSource clock, Ticker ticker, Vertx vertx) {
        this.notes = new Batches<>(note -> note.get(0), 1, CONNECTIONS, Batches.Timer.of(vertx));
        this.circuits = circuits;
        this.webhooks = webhooks;
        this.clock = clock;
        this.ticker = ticker;
    }

    /**
     * Learns from an attempt. Never fails: where the database is away, the next attempt says the same again, and a probe
     * whose result is lost is followed by another.
     */
    public Uni<Void> observe(CompletedAttempt completed, Receiver receiver) {
        Uni<Void> learned = learn(completed, receiver);
        return learned == NOTHING ? NOTHING : noted(learned, receiver.webhookId());
    }

    private Uni<Void> noted(Uni<Void> note, int webhookId) {
        return notes.add(note)
                .onFailure()
                .invoke(fault ->
                        LOG.warnf("What an attempt says of webhook %d is not noted: %s", webhookId, fault.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    /** Opens the circuit for all pods, because it opened in this one. */
    public Uni<Void> circuitOpened(int webhookId) {
        return notes.add(circuits.open(webhookId, "half or more of its last attempts failed"));
    }

    /** Lets another probe go out at once, because this one was given back unsent. */
    public Uni<Void> probeReturned(Delivery probe) {
        return circuits.giveProbesBack(Map.of(probe.webhookId(), probe.probeId()));
    }

    private Uni<Void> learn(CompletedAttempt completed, Receiver receiver) {
        Delivery delivery = completed.delivery();
        if (completed.nextStep() instanceof Disable disable) {
            return webhooks.disable(delivery.webhookId(), disable.reason(), clock.instant());
        }
        AttemptOutcome outcome = completed.attempt().outcome();
        if (outcome instanceof Forbidden) {
            return delivery.isProbe() ? probeReturned(delivery) : NOTHING;
        }
        return outcome.isFailure() ? failed(delivery, outcome, receiver) : succeeded(delivery, receiver);
    }

    private Uni<Void> failed(Delivery delivery, AttemptOutcome outcome, Receiver receiver) {
        int webhookId = delivery.webhookId();
        int toNote = receiver.streak().failed(ticker.nanos());
        Uni<Void> noted = toNote == 0
                ? NOTHING
                : circuits.noteFailures(webhookId, toNote).chain(hopeless -> hopeless ? giveUpOn(webhookId) : NOTHING);
        return delivery.isProbe()
                ? circuits.reopen(
                                webhookId, delivery.probeId(), outcome.reason().orElseThrow())
                        .chain(() -> noted)
                : noted;
    }

    private Uni<Void> succeeded(Delivery delivery, Receiver receiver) {
        receiver.streak().succeeded();
        if (delivery.isProbe()) {
            return circuits.close(delivery.webhookId(), delivery.probeId())
                    .invoke(closed -> {
                        if (closed) {
                            receiver.breaker().reset();
                        }
                    })
                    .replaceWithVoid();
        }
        return delivery.troubled() ? circuits.noteSuccess(delivery.webhookId()) : NOTHING;
    }

    private Uni<Void> giveUpOn(int webhookId) {
        return webhooks.disable(webhookId, "nothing but failures for days", clock.instant());
    }
}
