package io.playhook.story;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** An event that is published arrives, exactly as the contract says. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DeliversTest {

    @Test
    void deliversToTheWebhookThatSubscribed() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            api.publish("a-player").then().statusCode(202);
            Receiver.Request request = receiver.await(1).get(0);
            assertThat(request.header("X-Security-Key")).isEqualTo("secure-token");
        }
    }
}
