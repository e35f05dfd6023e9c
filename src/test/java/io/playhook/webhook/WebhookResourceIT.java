package io.playhook.webhook;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same, against the packaged service. */
@QuarkusIntegrationTest
class WebhookResourceIT extends WebhookResourceTest {}
