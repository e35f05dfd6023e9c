/**
 * Sends a window of time to a webhook again, a few at a time, behind what is new. Start at {@link io.playhook.replay.Replays}.
 */
package io.playhook.replay;
