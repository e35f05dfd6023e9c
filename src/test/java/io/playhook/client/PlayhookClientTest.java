package io.playhook.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.ws.rs.WebApplicationException;

import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.smallrye.mutiny.Uni;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.client.PlayhookClient.NewEvent;
import io.playhook.client.PlayhookClient.NewOrganization;
import io.playhook.client.PlayhookClient.NewToken;
import io.playhook.client.PlayhookClient.NewWebhook;
import io.playhook.client.PlayhookClient.PublishedEvent;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class PlayhookClientTest {

    private PlayhookClient client;

    @BeforeEach
    void connect() {
        client = QuarkusRestClientBuilder.newBuilder()
                .baseUri(URI.create("http://localhost:" + RestAssured.port))
                .build(PlayhookClient.class);
    }

    @Test
    void goesTheWholeWayFromAnOrganizationToADelivery() {
        try (Receiver receiver = new Receiver()) {
            String admin = PlayhookDatabase.ADMIN_TOKEN;
            int organization = get(client.createOrganization(new NewOrganization("Mine", null), admin))
                    .organizationId();
            NewToken allScopes = new NewToken(List.of("webhooks:write", "events:write"), null);
            String token =
                    get(client.issueToken(organization, allScopes, admin)).authToken();
            NewWebhook webhook = new NewWebhook(receiver.url(), "key", List.of("playlist_create"), Map.of());
            int webhookId = get(client.register(webhook, token)).webhookId();

            NewEvent event = new NewEvent("playlist_create", Map.of("uuid", "p"), null, "once");
            PublishedEvent published = get(client.publish(event, token));
            assertThat(published.deliveries()).isEqualTo(1);
            assertThat(receiver.await(1).get(0).header("webhook-id"))
                    .isEqualTo(published.eventId().toString());
            assertThat(get(client.publish(event, token)).duplicate()).isTrue();

            get(client.delete(webhookId, token));
            assertThatThrownBy(() -> get(client.delete(webhookId, token)))
                    .isInstanceOfSatisfying(
                            WebApplicationException.class,
                            e -> assertThat(e.getResponse().getStatus()).isEqualTo(404));
        }
    }

    private static <T> T get(Uni<T> answer) {
        return answer.await().atMost(Duration.ofSeconds(10));
    }
}
