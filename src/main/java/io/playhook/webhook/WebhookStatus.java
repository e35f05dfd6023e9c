package io.playhook.webhook;

import java.util.Locale;

/** Where a webhook stands. */
public enum WebhookStatus {
    /** Deliveries go out. */
    ACTIVE,
    /** Deliveries wait, nothing is lost. */
    PAUSED,
    /** We stopped it, for a reason that the webhook shows; it gets no deliveries until it is resumed. */
    DISABLED,
    /** Gone for its owner; the row stays because deliveries name it. */
    DELETED;

    /** The status as the API and the database spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
