package io.playhook.delivery.request;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import io.playhook.delivery.DeliveryConfig;
import io.playhook.webhook.WebhookTarget;

/** How long attempts may take, and that none outlasts its lease: else two pods would send at once. */
@ApplicationScoped
public class Deadlines {

    /** For recording the attempt before the lease ends. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final DeliveryConfig config;

    /** Deadlines after this configuration. */
    public Deadlines(DeliveryConfig config) {
        this.config = config;
    }

    /** The deadline of an attempt at this webhook. */
    public Duration of(WebhookTarget target) {
        Duration asked = target.settings().timeout().orElse(config.timeout());
        Duration most = config.lease().minus(MARGIN);
        return asked.compareTo(most) > 0 ? most : asked;
    }
}
