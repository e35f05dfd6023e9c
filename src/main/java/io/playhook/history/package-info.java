/** What became of events and deliveries, for those who ask: lists, one with its attempts and why it is as it is, the feed. */
package io.playhook.history;
