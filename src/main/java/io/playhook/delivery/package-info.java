/**
 * Carries one event to one webhook until that is settled.
 *
 * <p>Start at {@link io.playhook.delivery.DeliveryPipeline}: a delivery is sent, the attempt gives an outcome, the retry
 * schedule makes a next step of it, the queue records both. The first attempt and every retry take this one path.
 * {@link io.playhook.delivery.DeliveryWorker} keeps it going: a {@link io.playhook.delivery.DeliveryRound} finds and claims what
 * is due, the {@link io.playhook.delivery.Intake} hands it to the {@link io.playhook.delivery.Lane} of its webhook, which keeps
 * to the webhook's limits.
 */
package io.playhook.delivery;
