package io.playhook.story;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same, against the packaged service. */
@QuarkusIntegrationTest
class DeliversIT extends DeliversTest {}
