/**
 * Carries one event to one webhook until that is settled: the words for it.
 *
 * <p>A delivery is sent, the attempt gives an outcome, the retry schedule makes a next step of it, the queue records both. The
 * first attempt and every retry take this one path, {@link io.playhook.delivery.worker.DeliveryPipeline}.
 */
package io.playhook.delivery;
