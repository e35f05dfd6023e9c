/** The open deliveries in the database: every statement on them, and who records what became of them. */
package io.playhook.delivery.queue;
