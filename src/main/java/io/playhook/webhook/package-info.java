/** Who wants what: webhooks, their security keys and settings, registered over the API and kept in PostgreSQL. */
package io.playhook.webhook;
