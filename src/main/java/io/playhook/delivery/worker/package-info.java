/**
 * Keeps deliveries going. Start at {@link io.playhook.delivery.worker.DeliveryPipeline} for one of them, and at
 * {@link io.playhook.delivery.worker.DeliveryRound} for all.
 */
package io.playhook.delivery.worker;
