/**
 * Attempts as they happen, for whoever listens: {@code GET /v1/deliveries/stream}. What is sent is read back from the database, of all
 * pods, in one order; a listener is a position in it, and no more.
 */
package io.playhook.stream;
