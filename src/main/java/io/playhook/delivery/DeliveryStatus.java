package io.playhook.delivery;

import java.util.Locale;

/** How a delivery is settled. */
public enum DeliveryStatus {
    /** The receiver took it. */
    DELIVERED,
    /** All attempts failed, or egress forbids the address; kept, and open to retry and replay. */
    FAILED,
    /** Its webhook was deleted or disabled, or its player destroyed, before it was delivered. */
    CANCELED,
    /** A newer update of the same player took its place. */
    SUPERSEDED;

    /** The status as the API and the database spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
