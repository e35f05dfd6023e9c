/** Sends a sample event to a webhook at once, outside of the queue, and shows what was sent and what came back. */
package io.playhook.sample;
