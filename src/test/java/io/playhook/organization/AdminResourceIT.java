package io.playhook.organization;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same, against the packaged service. */
@QuarkusIntegrationTest
class AdminResourceIT extends AdminResourceTest {}
