/**
 * Carries one event to one webhook until that is settled.
 *
 * <p>Start at {@link io.playhook.delivery.DeliveryPipeline}: a delivery is sent, the attempt gives an outcome, the retry
 * schedule makes a next step of it, the queue records both. The first attempt and every retry take this one path.
 * {@link io.playhook.delivery.DeliveryWorker} feeds it with what is due, {@link io.playhook.delivery.Lane} keeps each
 * webhook to its own share.
 */
package io.playhook.delivery;
