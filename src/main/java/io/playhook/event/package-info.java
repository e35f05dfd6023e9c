/** Something happened to a player: events are published here, and committed together with all their deliveries. */
package io.playhook.event;
