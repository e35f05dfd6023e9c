package io.playhook.pods;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

/** Two pods on one database. */
class TwoPodsIT {

    private static Map<String, String> configuration;
    private static Pod a;
    private static Pod b;

    private Publisher publisher;

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
        publisher = Publisher.on(a);
    }

    @AfterAll
    static void stopBoth() {
        Stream.of(a, b).filter(Objects::nonNull).forEach(Pod::close);
    }

    @Test
    void shareTheWorkAndSendNothingTwice() {
        try (Receiver receiver = new Receiver()) {
            publisher.register(receiver, Map.of());
            for (int i = 0; i < 10; i++) {
                publisher.at(i % 2 == 0 ? a : b).publish(200);
            }
            assertThat(receiver.await(2_000))
                    .extracting(r -> r.header("X-Playhook-Delivery"))
                    .doesNotHaveDuplicates();
            // A batch larger than what a pod holds is the other's to take as well.
            publisher.publish(1_000);
            publisher.publish(1_000);
            assertThat(receiver.await(4_000))
                    .extracting(r -> r.header("X-Playhook-Delivery"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void theOtherDeliversWhatAKilledPodHeld() throws Exception {
        try (Receiver receiver = new Receiver().answers(Answer.never())) {
            publisher.register(receiver, Map.of("timeout_ms", 3_000));
            publisher.publish(60);
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
            publisher.register(receiver, Map.of("max_concurrency", 10));
            publisher.publish(100);
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
        Publisher onB = publisher.at(b);
        assertThat(onB.request().get("/v1/webhooks/1000000").statusCode()).isEqualTo(404);
        publisher
                .asAdmin()
                .delete("/v1/admin/organizations/{id}/tokens/{token}", publisher.organizationId(), publisher.tokenId())
                .then()
                .statusCode(200);
        assertThat(onB.request().get("/v1/webhooks/1000000").statusCode()).isEqualTo(401);
    }

    @Test
    void aCircuitThatOpensInOneHoldsInTheOther() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500));
                Receiver marker = new Receiver()) {
            publisher.register(receiver, Map.of("retry_schedule", List.of("0s")));
            publisher.publish(10);
            receiver.await(10);
            publisher.register(marker, Map.of());
            Awaitility.await("the circuit open on both")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        int before = receiver.requests().size();
                        int marked = marker.requests().size();
                        publisher.at(b).publish(1);
                        marker.await(marked + 1);
                        return receiver.requests().size() == before;
                    });
            int before = receiver.requests().size();
            for (int i = 0; i < 10; i++) {
                publisher.at(i % 2 == 0 ? a : b).publish(5);
            }
            marker.await(50);
            assertThat(receiver.requests()).hasSize(before);
        }
    }

    @Test
    void aWebhookPausedOnOneWaitsOnBothAndResumedOnTheOtherGoesOn() {
        try (Receiver receiver = new Receiver();
                Receiver marker = new Receiver()) {
            int id = publisher.register(receiver, Map.of());
            publisher.register(marker, Map.of());
            publishOnBoth(10);
            receiver.await(10);
            publisher.request().post("/v1/webhooks/{id}/pause", id).then().statusCode(200);
            publishOnBoth(50);
            marker.await(60);
            assertThat(receiver.requests()).hasSize(10);
            publisher
                    .at(b)
                    .request()
                    .post("/v1/webhooks/{id}/resume", id)
                    .then()
                    .statusCode(200);
            assertThat(receiver.await(60))
                    .extracting(r -> r.header("webhook-id"))
                    .doesNotHaveDuplicates();
        }
    }

    /** What waits in a pod's memory would go where it was bound for before. */
    @Test
    void aWebhookChangedOnOneIsAnotherOnBothWithinASecond() {
        try (Receiver before = new Receiver().answers(Answer.never());
                Receiver after = new Receiver()) {
            int id = publisher.register(before, Map.of("max_concurrency", 2, "timeout_ms", 5_000));
            publishOnBoth(40);
            before.await(2);
            Instant changed = Instant.now();
            publisher
                    .request()
                    .body(Map.of("url", after.url(), "settings", Map.of("max_concurrency", 20)))
                    .patch("/v1/webhooks/{id}", id)
                    .then()
                    .statusCode(200);
            List<Request> requests = after.await(38);
            // Long before what is in flight has run into its deadline.
            assertThat(requests.get(37).at()).isBefore(changed.plusSeconds(3));
            assertThat(requests.get(0).at()).isBefore(changed.plusSeconds(1));
            assertThat(before.requests()).hasSize(2);
        }
    }

    @Test
    void aKeyRotatedOnOneSignsOnBothBesideTheOldOne() {
        try (Receiver receiver = new Receiver()) {
            int id = publisher.register(receiver, Map.of());
            publishOnBoth(4);
            receiver.await(4);
            publisher
                    .request()
                    .body("{}")
                    .post("/v1/webhooks/{id}/security_key", id)
                    .then()
                    .statusCode(200);
            publishOnBoth(4);
            List<Request> requests = receiver.await(8);
            assertThat(requests.subList(0, 4))
                    .allSatisfy(r ->
                            assertThat(r.header("webhook-signature").split(" ")).hasSize(1));
            assertThat(requests.subList(4, 8))
                    .allSatisfy(r ->
                            assertThat(r.header("webhook-signature").split(" ")).hasSize(2));
        }
    }

    @Test
    void aCircuitForcedOnOneHoldsOnBoth() {
        try (Receiver receiver = new Receiver();
                Receiver marker = new Receiver()) {
            int id = publisher.register(receiver, Map.of());
            publisher.register(marker, Map.of());
            force(publisher, id, "open");
            publishOnBoth(10);
            marker.await(10);
            assertThat(receiver.requests()).isEmpty();
            force(publisher.at(b), id, "closed");
            receiver.await(10);
        }
    }

    /** Ten failures on each at the same moment, so that both have breakers of their own that are open, and nothing fails later. */
    @Test
    void aCircuitThatOpenedByItselfIsClosedByHandOnBoth() {
        List<HttpServerResponse> held = new CopyOnWriteArrayList<>();
        try (Receiver receiver = new Receiver().answers((n, request, response) -> {
            if (n > 20) {
                response.end();
                return;
            }
            held.add(response);
            if (held.size() == 20) {
                held.forEach(one -> one.setStatusCode(500).end());
            }
        })) {
            int id = publisher.register(receiver, Map.of("retry_schedule", List.of("1h")));
            publishOnBoth(60);
            Awaitility.await("the circuit open")
                    .until(() -> publisher
                            .request()
                            .get("/v1/webhooks/{id}/circuit", id)
                            .path("state")
                            .equals("open"));
            int before = receiver.requests().size();
            force(publisher, id, "closed");
            publishOnBoth(20);
            receiver.await(before + 20);
        }
    }

    /** Begun on the one, whose pod is killed while it runs, and done by the other. */
    @Test
    void aReplayGoesOnWhereItsPodWasKilled() throws Exception {
        try (Receiver receiver = new Receiver()) {
            publisher.publish(60);
            int id = publisher.register(receiver, Map.of());
            int replay = publisher
                    .request()
                    .body(Map.of("since", "2026-01-01T00:00:00Z", "status", List.of("missing"), "rate_limit", 20))
                    .post("/v1/webhooks/{id}/replays", id)
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("replay_id");
            receiver.await(10);
            a.kill();
            a = null;

            Publisher onB = publisher.at(b);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> onB.request()
                            .get("/v1/replays/{id}", replay)
                            .path("status")
                            .equals("done"));
            onB.request()
                    .get("/v1/replays/{id}", replay)
                    .then()
                    .body("total", equalTo(60))
                    .body("sent", equalTo(60));
            assertThat(receiver.requests().stream()
                            .map(request -> request.header("webhook-id"))
                            .distinct())
                    .hasSize(60);
            // What the killed pod had sent and not recorded any more goes out a second time.
            assertThat(receiver.requests().size()).isBetween(60, 70);
        }
    }

    @Test
    void aReplayOnBothSendsNothingTwice() {
        try (Receiver receiver = new Receiver()) {
            publisher.publish(1_000);
            int id = publisher.register(receiver, Map.of());
            int replay = publisher
                    .request()
                    .body(Map.of("since", "2026-01-01T00:00:00Z", "status", List.of("missing"), "rate_limit", 500))
                    .post("/v1/webhooks/{id}/replays", id)
                    .path("replay_id");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> publisher
                            .at(b)
                            .request()
                            .get("/v1/replays/{id}", replay)
                            .path("status")
                            .equals("done"));
            assertThat(receiver.await(1_000))
                    .extracting(request -> request.header("webhook-id"))
                    .doesNotHaveDuplicates()
                    .hasSize(1_000);
        }
    }

    private void publishOnBoth(int count) {
        publisher.publish(count / 2);
        publisher.at(b).publish(count - count / 2);
    }

    private static void force(Publisher publisher, int id, String state) {
        publisher
                .request()
                .body(Map.of("state", state))
                .put("/v1/webhooks/{id}/circuit", id)
                .then()
                .statusCode(200);
    }
}
