package io.playhook.pods;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/** Webhooks that allow fewer requests at once than there are pods: one pod or the other may send them nothing. */
class SharesIT {

    private static final int WEBHOOKS = 8;

    @Test
    void whatAPodMayNotSendIsSentAtOnceByOneThatMay() throws IOException {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        // Whatever is not told goes out in an hour.
        configuration.put("playhook.delivery.poll-interval", "1h");
        List<Receiver> receivers = new ArrayList<>();
        try (Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration)) {
            Awaitility.await("both pods know of each other")
                    .until(() -> a.log().contains("of 2") && b.log().contains("of 2"));
            int organizationId = admin(a).body(Map.of("name", "Shares"))
                    .post("/v1/admin/organizations")
                    .path("organization_id");
            Response issued = admin(a).body(Map.of("scopes", List.of("webhooks:write", "events:write")))
                    .post("/v1/admin/organizations/{id}/tokens", organizationId);
            String token = issued.path("auth_token");
            for (int i = 0; i < WEBHOOKS; i++) {
                Receiver receiver = new Receiver();
                receivers.add(receiver);
                register(on(a, token), receiver);
            }
            for (int round = 1; round <= 3; round++) {
                publish(on(a, token));
                publish(on(b, token));
                for (Receiver receiver : receivers) {
                    assertThat(receiver.await(2 * round)).hasSize(2 * round);
                }
            }
        } finally {
            receivers.forEach(Receiver::close);
        }
    }

    private static void register(RequestSpecification request, Receiver receiver) {
        request.body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        "secure-token",
                        "event_subscriptions",
                        List.of("videofacade_update"),
                        "settings",
                        Map.of("max_concurrency", 1)))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    private static void publish(RequestSpecification request) {
        request.body(Map.of("type", "videofacade_update", "player", Map.of("uuid", "p")))
                .post("/v1/events")
                .then()
                .statusCode(202);
    }

    private static RequestSpecification on(Pod pod, String token) {
        return json(pod).auth().preemptive().oauth2(token);
    }

    private static RequestSpecification admin(Pod pod) {
        return json(pod).auth().preemptive().oauth2(PlayhookDatabase.ADMIN_TOKEN);
    }

    private static RequestSpecification json(Pod pod) {
        return given().port(pod.port()).contentType("application/json");
    }
}
