package io.playhook.event;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same, against the packaged service. */
@QuarkusIntegrationTest
class EventResourceIT extends EventResourceTest {}
