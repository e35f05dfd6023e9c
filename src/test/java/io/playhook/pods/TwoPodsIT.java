package io.playhook.pods;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/** Two pods on one database. */
class TwoPodsIT {

    private static Map<String, String> configuration;
    private static Pod a;
    private static Pod b;

    private int organizationId;
    private int tokenId;
    private String token;

    @BeforeAll
    static void configure() {
        configuration = new HashMap<>(PlayhookDatabase.configuration());
        // A killed pod's deliveries go out again when their leases end.
        configuration.put("playhook.delivery.lease", "4s");
        configuration.put("playhook.circuit.hold", "1h");
    }

    @BeforeEach
    void startBothAndMakeAnOrganization() throws IOException {
        a = a == null ? Pod.start(configuration) : a;
        b = b == null ? Pod.start(configuration) : b;
        organizationId = admin().body(Map.of("name", "Two pods"))
                .post("/v1/admin/organizations")
                .path("organization_id");
        Response issued = admin().body(Map.of("scopes", List.of("webhooks:read", "webhooks:write", "events:write")))
                .post("/v1/admin/organizations/{id}/tokens", organizationId);
        token = issued.path("auth_token");
        tokenId = issued.path("token_id");
    }

    @AfterAll
    static void stopBoth() {
        Stream.of(a, b).filter(Objects::nonNull).forEach(Pod::close);
    }

    @Test
    void shareTheWorkAndSendNothingTwice() {
        try (Receiver receiver = new Receiver()) {
            register(receiver, Map.of());
            for (int i = 0; i < 10; i++) {
                publish(i % 2 == 0 ? a : b, 200);
            }
            assertThat(receiver.await(2_000))
                    .extracting(r -> r.header("X-Playhook-Delivery"))
                    .doesNotHaveDuplicates();
            // A batch larger than what a pod holds is the other's to take as well.
            publish(a, 1_000);
            publish(a, 1_000);
            assertThat(receiver.await(4_000))
                    .extracting(r -> r.header("X-Playhook-Delivery"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void theOtherDeliversWhatAKilledPodHeld() throws Exception {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            register(receiver, Map.of("timeout_ms", 3_000));
            publish(a, 60);
            // Half of what the webhook allows is this pod's part.
            receiver.await(10);
            a.kill();
            a = null;
            receiver.answers(Answer.status(200));

            List<Request> requests = receiver.await(70);

            // Each of the sixty, and the ten that were in flight a second time: they were not answered before the kill.
            assertThat(requests.subList(10, 70))
                    .extracting(r -> r.header("webhook-id"))
                    .doesNotHaveDuplicates();
            assertThat(requests).extracting(r -> r.header("X-Playhook-Attempt")).containsOnly("1");
        }
    }

    @Test
    void aPodThatIsStoppedFinishesWhatIsInFlightAndGivesBackTheRest() throws Exception {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        Vertx.currentContext().owner().setTimer(500, timer -> response.end()))) {
            register(receiver, Map.of("max_concurrency", 10));
            publish(a, 100);
            receiver.await(10);
            assertThat(a.stop()).isIn(0, 143);
            a = null;

            assertThat(receiver.await(100))
                    .extracting(r -> r.header("webhook-id"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aTokenRevokedOnOneStopsWorkingAtOnceOnTheOther() {
        assertThat(on(b).get("/v1/webhooks/1000000").statusCode()).isEqualTo(404);
        given().port(a.port())
                .auth()
                .preemptive()
                .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                .delete("/v1/admin/organizations/{id}/tokens/{token}", organizationId, tokenId)
                .then()
                .statusCode(200);
        assertThat(on(b).get("/v1/webhooks/1000000").statusCode()).isEqualTo(401);
    }

    @Test
    void aCircuitThatOpensInOneHoldsInTheOther() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500));
                Receiver marker = new Receiver()) {
            register(receiver, Map.of("retry_schedule", List.of("0s")));
            publish(a, 10);
            receiver.await(10);
            register(marker, Map.of());
            Awaitility.await("the circuit open on both")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        int before = receiver.requests().size();
                        int marked = marker.requests().size();
                        publish(b, 1);
                        marker.await(marked + 1);
                        return receiver.requests().size() == before;
                    });
            int before = receiver.requests().size();
            for (int i = 0; i < 10; i++) {
                publish(i % 2 == 0 ? a : b, 5);
            }
            marker.await(50);
            assertThat(receiver.requests()).hasSize(before);
        }
    }

    private void register(Receiver receiver, Map<String, Object> settings) {
        on(a).body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        "key",
                        "event_subscriptions",
                        List.of("playlist_update"),
                        "settings",
                        settings))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    private void publish(Pod pod, int count) {
        List<Object> events =
                Collections.nCopies(count, Map.of("type", "playlist_update", "player", Map.of("uuid", "p")));
        on(pod).body(events).post("/v1/events").then().statusCode(202);
    }

    private RequestSpecification on(Pod pod) {
        return given().port(pod.port()).auth().preemptive().oauth2(token).contentType(ContentType.JSON);
    }

    private static RequestSpecification admin() {
        return given().port(a.port())
                .auth()
                .preemptive()
                .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                .contentType(ContentType.JSON);
    }
}
