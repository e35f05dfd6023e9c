/** One circuit breaker for each webhook: it opens in the pod that sees the failures, and holds on all pods. */
package io.playhook.delivery.circuit;
