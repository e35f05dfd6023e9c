package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.Deliveries.Settled;
import io.playhook.testing.MovableTicker;
import io.playhook.testing.NameServer;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

/** Deliveries go to public addresses, and to those that the operator allows: here 127.0.0.1 alone. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EgressTest {

    @Inject
    MovableTicker ticker;

    @AfterEach
    void forget() {
        NameServer.SHARED.reset();
    }

    @Test
    void refusesANameThatResolvesToAPrivateAddressOnceItIsConnectedTo() {
        try (Receiver inside = new Receiver("127.0.0.9")) {
            Api api = Api.ofNewOrganization();
            // When the webhook is registered the name does not resolve, and nothing is wrong with it.
            String url = "http://rebinding.test:" + inside.port() + "/";
            api.register(url);
            NameServer.SHARED.set("127.0.0.9 rebinding.test");
            ticker.advance(Duration.ofSeconds(10));

            Settled settled = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));

            assertThat(settled.status()).isEqualTo("failed");
            assertThat(settled.reason()).isEqualTo("egress forbids it: 127.0.0.9 is a loopback address");
            assertThat(settled.attempts()).isEqualTo(1);
            assertThat(inside.requests()).isEmpty();
        }
    }

    @Test
    void refusesANameThatResolvesToAPrivateAddressWhenItIsRegistered() {
        Api.ofNewOrganization()
                .request()
                .body(Map.of(
                        "url", "https://forbidden.test/",
                        "security_key", "k",
                        "event_subscriptions", List.of("playlist_create")))
                .post("/v1/webhooks")
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("url")))
                .body("detail", containsString("loopback"));
    }

    @Test
    void refusesANameForWhichNoCertificateCanBeCheckedWhenItIsRegistered() {
        Api api = Api.ofNewOrganization();
        api.request()
                .body(Map.of(
                        "url", "https://my_app.example.com/hook",
                        "security_key", "k",
                        "event_subscriptions", List.of("playlist_create")))
                .post("/v1/webhooks")
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("url")))
                .body("detail", containsString("underscore"));
        api.register("http://my_app.example.com/hook");
        api.register("https://my-app.example.com/my_hook");
    }

    @Test
    void reachesANameThatResolvesToAnAddressThatIsAllowed() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register("http://receiver.test:" + receiver.port() + "/");
            api.publish("a-player");
            assertThat(receiver.await(1).get(0).header("Host")).isEqualTo("receiver.test:" + receiver.port());
        }
    }
}
