package io.playhook.delivery;

import java.time.Instant;
import java.time.InstantSource;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.jboss.logging.Logger;

import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.NextStep.Disable;
import io.playhook.delivery.circuit.Circuits;
import io.playhook.webhook.WebhookTargets;

/** Draws from an attempt what it says of the receiver: closes and opens circuits, disables webhooks. */
@ApplicationScoped
class ReceiverHealth {

    private static final Logger LOG = Logger.getLogger(ReceiverHealth.class);

    private final Circuits circuits;
    private final WebhookTargets webhooks;
    private final InstantSource clock;

    ReceiverHealth(Circuits circuits, WebhookTargets webhooks, InstantSource clock) {
        this.circuits = circuits;
        this.webhooks = webhooks;
        this.clock = clock;
    }

    /**
     * Learns from an attempt. Never fails: where the database is away, the next attempt says the same again, and a probe
     * whose result is lost is followed by another.
     */
    Uni<Void> observe(CompletedAttempt completed, Lane lane) {
        return learn(completed, lane)
                .onFailure()
                .invoke(fault -> LOG.warnf(
                        "What an attempt says of webhook %d is not noted: %s", lane.webhookId(), fault.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    /** Opens the circuit for all pods, because it opened in this one. */
    Uni<Void> circuitOpened(int webhookId) {
        return circuits.open(webhookId, clock.instant());
    }

    /** Lets another probe go out at once, because one was given back unsent. */
    Uni<Void> probeReturned(int webhookId) {
        return circuits.giveProbeBack(webhookId, clock.instant());
    }

    private Uni<Void> learn(CompletedAttempt completed, Lane lane) {
        if (completed.nextStep() instanceof Disable disable) {
            return webhooks.disable(lane.webhookId(), disable.reason(), clock.instant());
        }
        AttemptOutcome outcome = completed.attempt().outcome();
        boolean probe = completed.delivery().probe();
        if (outcome instanceof Forbidden) {
            return probe ? probeReturned(lane.webhookId()) : nothing();
        }
        return outcome.isFailure() ? failed(lane, probe) : succeeded(completed.delivery(), lane);
    }

    private Uni<Void> failed(Lane lane, boolean probe) {
        Instant now = clock.instant();
        int toNote = lane.streak().failed(now);
        Uni<Void> noted = toNote == 0
                ? nothing()
                : circuits.noteFailures(lane.webhookId(), toNote, now)
                        .chain(hopeless -> hopeless ? giveUpOn(lane.webhookId(), now) : nothing());
        return probe ? circuits.reopen(lane.webhookId(), now).chain(() -> noted) : noted;
    }

    private Uni<Void> succeeded(Delivery delivery, Lane lane) {
        lane.streak().succeeded();
        if (delivery.probe()) {
            return circuits.close(lane.webhookId(), clock.instant())
                    .invoke(() -> lane.breaker().reset());
        }
        return delivery.troubled() ? circuits.noteSuccess(lane.webhookId()) : nothing();
    }

    private Uni<Void> giveUpOn(int webhookId, Instant now) {
        return webhooks.disable(webhookId, "nothing but failures for days", now);
    }

    private static Uni<Void> nothing() {
        return Uni.createFrom().voidItem();
    }
}
