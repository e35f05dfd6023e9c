/** What operators see: metrics, health and one log line for each attempt. Nobody imports it. */
package io.playhook.observability;
