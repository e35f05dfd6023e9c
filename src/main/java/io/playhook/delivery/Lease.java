package io.playhook.delivery;

import java.time.OffsetDateTime;

/**
 * A pod's hold on a delivery.
 *
 * @param until when it ends, by the database's clock and exactly as it stands there: no other lease of the delivery has it
 * @param takenAt when the database was asked for it at the earliest, by this pod's {@link io.playhook.platform.Ticker}; the
 *     lease lasts for {@link DeliveryConfig#lease} from then on, or longer
 */
public record Lease(OffsetDateTime until, long takenAt) {}
