/**
 * Erases the content of events: of one player, or of an organization that is deleted. Start at
 * {@link io.playhook.erasure.Erasures}.
 */
package io.playhook.erasure;
