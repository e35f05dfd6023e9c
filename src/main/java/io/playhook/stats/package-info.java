/**
 * How webhooks fare: attempts and deliveries counted by webhook and hour. A pod counts what it records, and adds that to the
 * database every few seconds, so that the path of a delivery pays nothing for it.
 */
package io.playhook.stats;
