/** Dev mode alone: an embedded PostgreSQL, a demo organization and a demo receiver. No other package imports it. */
package io.playhook.dev;
