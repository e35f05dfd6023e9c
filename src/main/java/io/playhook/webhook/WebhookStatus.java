package io.playhook.webhook;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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

    /** What a caller may ask for, for messages. */
    static final String ALL_SHOWN = "active, paused, disabled";

    /** The status that is spelled so, of those that a caller gets to see. */
    static Optional<WebhookStatus> shown(String spelling) {
        return Arrays.stream(values())
                .filter(status -> status != DELETED && status.toString().equals(spelling))
                .findFirst();
    }

    /** The status as the API and the database spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
