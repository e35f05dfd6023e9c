package io.playhook.observability;

import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import io.playhook.delivery.Attempt;
import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryListener;
import io.playhook.delivery.NextStep;

/**
 * One line for each attempt, always with the same keys: never a payload, a secret or a URL. Attempts that went well are
 * logged at DEBUG, all others at INFO.
 */
@ApplicationScoped
class AttemptLog implements DeliveryListener {

    private static final Logger LOG = Logger.getLogger("io.playhook.attempts");

    @Override
    public void attempted(CompletedAttempt completed) {
        Logger.Level level = completed.attempt().outcome().isFailure() ? Logger.Level.INFO : Logger.Level.DEBUG;
        if (LOG.isEnabled(level)) {
            LOG.log(level, line(completed));
        }
    }

    static String line(CompletedAttempt completed) {
        Delivery delivery = completed.delivery();
        Attempt attempt = completed.attempt();
        return ("attempt delivery_id=%s event_id=%s webhook_id=%d organization_id=%d type=%s attempt=%d probe=%s "
                        + "outcome=%s status_code=%s duration_ms=%d next=%s reason=\"%s\"")
                .formatted(
                        delivery.id(),
                        delivery.event().id(),
                        delivery.webhookId(),
                        delivery.event().organizationId(),
                        delivery.event().type(),
                        attempt.number(),
                        delivery.isProbe(),
                        attempt.outcome().label(),
                        attempt.outcome().statusCode().map(Object::toString).orElse("-"),
                        attempt.duration().toMillis(),
                        next(attempt, completed.nextStep()),
                        attempt.outcome().reason().orElse(""));
    }

    private static String next(Attempt attempt, NextStep next) {
        if (next instanceof NextStep.Retry retry) {
            return "retry@" + attempt.startedAt().plus(attempt.duration()).plus(retry.delay());
        }
        return next instanceof NextStep.Settle settle ? settle.status().toString() : "disable";
    }
}
