package io.playhook.story;

import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** An event that is published arrives at the webhook that subscribed to it, exactly as the contract says. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DeliversTest {

    private static final String WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @Test
    void sendsTheRequestThatTheContractSpecifies() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            int webhookId = api.register(receiver.url() + "?a=b%20c");
            String eventId = api.publish("a-player").path("event_id");

            Request request = receiver.await(1).get(0);

            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.uri()).isEqualTo("/hook?a=b%20c");
            assertThat(request.header("Host")).isEqualTo("127.0.0.1:" + receiver.port());
            assertThat(request.header("Content-Type")).isEqualTo("application/json");
            assertThat(request.header("Accept")).isEqualTo("*/*");
            assertThat(request.header("User-Agent")).matches("Playhook/\\d+\\.\\d+\\.\\d+.*");
            assertThat(request.header("webhook-id")).isEqualTo(eventId);
            assertThat(Long.parseLong(request.header("webhook-timestamp")))
                    .isBetween(
                            Instant.now().getEpochSecond() - 30, Instant.now().getEpochSecond());
            assertThat(request.header("X-Security-Key")).isEqualTo("secure-token");
            assertThat(request.header("X-Playhook-Event")).isEqualTo("videofacade_update");
            assertThat(request.header("X-Playhook-Delivery")).matches("[0-9a-f-]{14}7[0-9a-f-]{21}");
            assertThat(request.header("X-Playhook-Attempt")).isEqualTo("1");
            assertThat(request.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            JsonPath body = JsonPath.from(request.text());
            assertThat(body.<Map<String, Object>>get())
                    .containsOnlyKeys("event_id", "type", "occurred_at", "organization_id", "webhook_id", "player");
            assertThat(body.getString("event_id")).isEqualTo(eventId);
            assertThat(body.getInt("organization_id")).isEqualTo(api.organizationId());
            assertThat(body.getInt("webhook_id")).isEqualTo(webhookId);
            assertThat(Instant.parse(body.getString("occurred_at"))).isBeforeOrEqualTo(Instant.now());
        }
    }

    @Test
    void signsSoThatTheOfficialVerifierAcceptsIt() throws Exception {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            register(api, receiver, WHSEC, Map.of());
            register(api, receiver, "plain text key", Map.of());
            api.publish("a-player");

            List<Request> requests = receiver.await(2);

            Request withPrefix = requestWithKey(requests, WHSEC);
            new Webhook(WHSEC).verify(withPrefix.text(), headers(withPrefix));
            Request plain = requestWithKey(requests, "plain text key");
            new Webhook(Base64.getEncoder().encodeToString("plain text key".getBytes()))
                    .verify(plain.text(), headers(plain));
            assertThatThrownBy(() -> new Webhook(WHSEC).verify(withPrefix.text() + " ", headers(withPrefix)))
                    .isInstanceOf(WebhookVerificationException.class);
        }
    }

    @Test
    void sendsTheSubscribersOwnHeadersAndLeavesTheKeyOutWhereItIsToldTo() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(
                    receiver.url(),
                    Map.of(
                            "headers",
                            Map.of("X-Tenant", "crm 1", "Authorization", "Basic abc"),
                            "send_security_key",
                            false));
            api.publish("a-player");

            Request request = receiver.await(1).get(0);

            assertThat(request.header("X-Tenant")).isEqualTo("crm 1");
            assertThat(request.header("Authorization")).isEqualTo("Basic abc");
            assertThat(request.header("X-Security-Key")).isNull();
        }
    }

    @Test
    void sendsTheKeyInTheHeaderThatTheSubscriberChose() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("security_key_header", "X-Token"));
            api.publish("a-player");

            assertThat(receiver.await(1).get(0).header("X-Token")).isEqualTo("secure-token");
        }
    }

    @Test
    void goesOnWithThePublishersTrace() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            api.request()
                    .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
                    .body(Map.of("type", "videofacade_update", "player", Map.of("uuid", "a")))
                    .post("/v1/events");

            assertThat(receiver.await(1).get(0).header("traceparent"))
                    .matches("00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-00");
        }
    }

    @Test
    void keepsToTheConcurrencyThatTheSubscriberAllows() {
        int[] atOnce = new int[2];
        try (Receiver receiver = new Receiver()) {
            receiver.answers((n, request, response) -> {
                atOnce[0]++;
                atOnce[1] = Math.max(atOnce[0], atOnce[1]);
                Vertx.currentContext().owner().setTimer(20, timer -> {
                    atOnce[0]--;
                    response.end();
                });
            });
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("max_concurrency", 3));
            List<Object> events =
                    Collections.nCopies(40, Map.of("type", "videofacade_update", "player", Map.of("uuid", "a")));
            api.request().body(events).post("/v1/events").then().statusCode(202);

            receiver.await(40);

            assertThat(atOnce[1]).isEqualTo(3);
        }
    }

    @Test
    void deliversMoreEventsThanAPodHoldsAtOnce() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            List<Object> events =
                    Collections.nCopies(1_000, Map.of("type", "videofacade_update", "player", Map.of("uuid", "a")));
            for (int i = 0; i < 3; i++) {
                api.request().body(events).post("/v1/events").then().statusCode(202);
            }

            assertThat(receiver.await(3_000).stream()
                            .map(r -> r.header("webhook-id"))
                            .distinct())
                    .hasSize(3_000);
            assertThat(receiver.requests()).hasSize(3_000);
        }
    }

    private static void register(Api api, Receiver receiver, String key, Map<String, Object> settings) {
        api.request()
                .body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        key,
                        "event_subscriptions",
                        List.of("videofacade_update"),
                        "settings",
                        settings))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    private static Request requestWithKey(List<Request> requests, String key) {
        return requests.stream()
                .filter(r -> key.equals(r.header("X-Security-Key")))
                .findFirst()
                .orElseThrow();
    }

    private static HttpHeaders headers(Request request) {
        Map<String, List<String>> headers = new HashMap<>();
        request.headers().forEach(entry -> headers.put(entry.getKey(), List.of(entry.getValue())));
        return HttpHeaders.of(headers, (name, value) -> true);
    }
}
