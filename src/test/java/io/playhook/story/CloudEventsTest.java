package io.playhook.story;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.standardwebhooks.Webhook;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.core.message.MessageReader;
import io.cloudevents.http.HttpMessageFactory;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;

/** A webhook may ask for CloudEvents; the official SDK reads what it gets. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class CloudEventsTest {

    private static final String KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @Test
    void theOfficialSdkReadsWhatIsSent() throws Exception {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhook = register(api, receiver);
            String player = "{\"z\": 1.50, \"uuid\":\"a \\\"pl\\u00e4yer\\\" \uD83D\uDE00\", \"a\":[ ]}";
            String eventId = api.request()
                    .body(
                            "{\"type\": \"videofacade_update\", \"occurred_at\": \"2026-01-31T12:00:00.123456Z\", \"player\": "
                                    + player + "}")
                    .post("/v1/events")
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("event_id");

            Request request = receiver.await(1).get(0);
            MessageReader reader = HttpMessageFactory.createReader(
                    headers -> request.headers().forEach(entry -> headers.accept(entry.getKey(), entry.getValue())),
                    request.body().getBytes());
            CloudEvent event = reader.toEvent();

            assertThat(reader.getEncoding()).isEqualTo(Encoding.STRUCTURED);
            assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V1);
            assertThat(event.getId()).isEqualTo(eventId);
            assertThat(event.getType()).isEqualTo("videofacade_update");
            assertThat(event.getSource()).hasToString("/organizations/" + api.organizationId());
            assertThat(event.getSubject()).isEqualTo("a \"pl\u00e4yer\" \uD83D\uDE00");
            assertThat(event.getTime().toInstant()).isEqualTo(Instant.parse("2026-01-31T12:00:00.123456Z"));
            assertThat(event.getDataContentType()).isEqualTo("application/json");
            assertThat(event.getExtensionNames()).isEmpty();
            JsonPath data = JsonPath.from(new String(event.getData().toBytes(), StandardCharsets.UTF_8));
            assertThat(data.<Map<String, Object>>get()).containsOnlyKeys("organization_id", "webhook_id", "player");
            assertThat(data.getInt("organization_id")).isEqualTo(api.organizationId());
            assertThat(data.getInt("webhook_id")).isEqualTo(webhook);
            assertThat(request.text()).as("the player as it was published").contains("\"player\":" + player);
            assertThat(request.header("Content-Type")).isEqualTo("application/cloudevents+json");
            Map<String, List<String>> headers = new HashMap<>();
            request.headers().forEach(entry -> headers.put(entry.getKey(), List.of(entry.getValue())));
            new Webhook(KEY).verify(request.text(), java.net.http.HttpHeaders.of(headers, (name, value) -> true));
        }
    }

    @Test
    void aSampleHasTheSameForm() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhook = register(api, receiver);

            api.request()
                    .body("{}")
                    .post("/v1/webhooks/{id}/test", webhook)
                    .then()
                    .statusCode(200);

            JsonPath body = JsonPath.from(receiver.await(1).get(0).text());
            assertThat(body.getString("specversion")).isEqualTo("1.0");
            assertThat(body.getString("subject")).isEqualTo(body.getString("data.player.uuid"));
        }
    }

    @Test
    void eachWebhookOfAnEventGetsItsOwnForm() {
        try (Receiver receiver = new Receiver();
                Receiver usual = new Receiver()) {
            Api api = Api.ofNewOrganization();
            register(api, receiver);
            api.register(usual.url());
            api.publish("a-player");

            assertThat(receiver.await(1).get(0).text()).startsWith("{\"specversion\":");
            assertThat(usual.await(1).get(0).text()).startsWith("{\"event_id\":");
        }
    }

    private static int register(Api api, Receiver receiver) {
        return api.request()
                .body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        KEY,
                        "event_subscriptions",
                        List.of("videofacade_update"),
                        "settings",
                        Map.of("format", "cloudevents")))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
    }
}
