/** A typed client of the HTTP API, for those outside: the demo, and tests that run against a packaged service. */
package io.playhook.client;
