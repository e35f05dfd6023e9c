package io.playhook.observability;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

import io.playhook.webhook.WebhookChanges;

/** Whether this pod hears of changes that others make: without that, it goes on sending to a webhook that was deleted. */
@Readiness
@ApplicationScoped
class ListeningCheck implements HealthCheck {

    private final WebhookChanges changes;

    ListeningCheck(WebhookChanges changes) {
        this.changes = changes;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("Hears of changes to webhooks")
                .status(changes.isListening())
                .build();
    }
}
