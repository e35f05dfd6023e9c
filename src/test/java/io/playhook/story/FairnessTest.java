package io.playhook.story;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;

/** With more to send than a receiver takes, what came due first goes first, be it a first attempt or a retry. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class FairnessTest {

    private static final int BATCHES = 40;
    private static final int EVENTS_IN_A_BATCH = 40;
    private static final Duration RETRY_AFTER = Duration.ofMillis(500);
    private static final Duration SLACK = Duration.ofSeconds(1);

    /** A request that was made later than it was due. */
    private record Due(Instant due, Instant made) {}

    @Test
    void neitherRetriesNorFirstAttemptsStarveUnderMoreThanTheReceiverTakes() throws Exception {
        // 4 at once and 20 ms each: at most 200 a second. Every tenth first attempt fails.
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) -> Vertx.currentContext()
                        .owner()
                        .setTimer(
                                20,
                                timer -> response.setStatusCode(isFirstAttempt(request) && n % 10 == 0 ? 500 : 200)
                                        .end()))) {
            Api api = Api.ofNewOrganization();
            api.register(
                    receiver.url(),
                    Map.of("max_concurrency", 4, "retry_schedule", List.of(RETRY_AFTER.toMillis() + "ms", "1s")));
            Map<String, Instant> acceptedAt = new HashMap<>();
            List<Object> batch = Collections.nCopies(
                    EVENTS_IN_A_BATCH, Map.of("type", "videofacade_update", "player", Map.of("uuid", "p")));
            for (int i = 0; i < BATCHES; i++) {
                List<String> ids = api.request()
                        .body(batch)
                        .post("/v1/events")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("events.event_id");
                ids.forEach(id -> acceptedAt.put(id, Instant.now()));
                Thread.sleep(100);
            }
            List<Request> requests = receiver.await(BATCHES * EVENTS_IN_A_BATCH);

            List<Due> firstAttempts = new ArrayList<>();
            List<Due> retries = new ArrayList<>();
            Map<String, Instant> failedAt = new HashMap<>();
            for (Request request : requests) {
                String id = request.header("webhook-id");
                if (isFirstAttempt(request)) {
                    firstAttempts.add(new Due(acceptedAt.get(id), request.at()));
                    failedAt.put(id, request.at());
                } else {
                    retries.add(new Due(failedAt.get(id).plus(RETRY_AFTER), request.at()));
                }
            }
            assertThat(retries).hasSizeGreaterThan(20);
            assertThat(overtaken(retries, firstAttempts))
                    .as("retries that first attempts overtook")
                    .isZero();
            assertThat(overtaken(firstAttempts, retries))
                    .as("first attempts that retries overtook")
                    .isZero();
        }
    }

    /** How many of {@code these} were made later than one of {@code others} that came due well after them. */
    private static long overtaken(List<Due> these, List<Due> others) {
        return these.stream()
                .filter(one -> others.stream()
                        .anyMatch(other -> other.due().isAfter(one.due().plus(SLACK))
                                && other.made().isBefore(one.made())))
                .count();
    }

    private static boolean isFirstAttempt(Request request) {
        return request.header("X-Playhook-Attempt").equals("1");
    }
}
