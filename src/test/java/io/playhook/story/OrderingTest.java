package io.playhook.story;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;

/** With {@code "ordering": "player"}, one player's events arrive one after the other, as they were accepted. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class OrderingTest {

    private static final Map<String, Object> ORDERED =
            Map.of("ordering", "player", "retry_schedule", List.of("300ms", "300ms"));

    @Test
    void theNextWaitsWhileTheOneBeforeIsRetried() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 500, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), ORDERED);
            List<String> events = IntStream.range(0, 4)
                    .mapToObj(i -> api.publish("p").<String>path("event_id"))
                    .toList();

            assertThat(receiver.await(6))
                    .extracting(r -> r.header("webhook-id"))
                    .containsExactly(
                            events.get(0), events.get(0), events.get(0), events.get(1), events.get(2), events.get(3));
        }
    }

    @Test
    void theNextGoesOutWhenTheOneBeforeHasFailedForGood() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(500, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("ordering", "player", "retry_schedule", List.of()));
            String first = api.publish("p").path("event_id");
            String second = api.publish("p").path("event_id");

            assertThat(Deliveries.awaitSettled(second).status()).isEqualTo("delivered");
            assertThat(Deliveries.awaitSettled(first).status()).isEqualTo("failed");
        }
    }

    @Test
    void whatWaitsForATurnKeepsNoOtherAttemptFromBeingRecorded() {
        try (Receiver ordered = new Receiver();
                Receiver other = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(ordered.url(), ORDERED);
            Api elsewhere = Api.ofNewOrganization();
            elsewhere.register(other.url());
            // A first delivery of each, so that the locks are there.
            IntStream.range(0, 3)
                    .forEach(i -> Deliveries.awaitSettled(api.publish("p" + i).path("event_id")));
            // As many as go out before the locks are taken by a publisher that takes its time over an array.
            ordered.answers(
                    (n, request, response) -> Vertx.currentContext().owner().setTimer(500, timer -> response.end()));
            IntStream.range(0, 3).forEach(i -> api.publish("p" + i));
            ordered.await(6);
            Deliveries.whileLocked("select from turn_locks for update", () -> {
                Awaitility.await("both writers of turns wait for a lock")
                        .atMost(Duration.ofSeconds(8))
                        .until(() -> Deliveries.query("select 1 from pg_locks where not granted", Tuple.tuple())
                                        .size()
                                >= 2);
                for (int i = 0; i < 3; i++) {
                    Deliveries.awaitSettled(elsewhere.publish("p").path("event_id"));
                }
            });
        }
    }

    @Test
    void anArrayForManyOrderedWebhooksFillsNoTableOfTheServers() {
        Api api = Api.ofNewOrganization();
        IntStream.range(0, 60)
                .forEach(i -> api.register("http://127.0.0.1:1/", Map.of("ordering", "player", "rate_limit", 0.001)));
        List<Object> events = IntStream.range(0, 400)
                .<Object>mapToObj(i -> Map.of("type", "videofacade_update", "player", Map.of("uuid", "p" + i)))
                .toList();
        Response answer = api.request().body(events).post("/v1/events");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
    }

    @Test
    void otherPlayersAreNotHeldUp() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) -> response.setStatusCode(
                                player(request).equals("stuck") ? 500 : 200)
                        .end())) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("ordering", "player", "retry_schedule", List.of("1h")));
            api.publish("stuck");
            api.publish("stuck");
            receiver.await(1);
            List<String> others = Stream.of("a", "b", "a", "b")
                    .map(player -> api.publish(player).<String>path("event_id"))
                    .toList();

            others.forEach(
                    id -> assertThat(Deliveries.awaitSettled(id).status()).isEqualTo("delivered"));
            assertThat(receiver.requests()).hasSize(5);
        }
    }

    @Test
    void keepsTheOrderOfAnArrayThoughManyMayBeInFlight() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        Vertx.currentContext().owner().setTimer(1 + n % 7, timer -> response.end()))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), ORDERED);
            List<Object> events = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                events.add(
                        Map.of("type", "videofacade_update", "player", Map.of("uuid", "p" + i % 10, "number", i / 10)));
            }
            api.request().body(events).post("/v1/events").then().statusCode(202);

            List<Request> requests = receiver.await(300);

            for (int p = 0; p < 10; p++) {
                String player = "p" + p;
                assertThat(requests.stream().filter(r -> player(r).equals(player)))
                        .as("the order of " + player)
                        .extracting(r ->
                                new JsonObject(r.text()).getJsonObject("player").getInteger("number"))
                        .containsExactlyElementsOf(
                                IntStream.range(0, 30).boxed().toList());
            }
        }
    }

    @Test
    void doesNotWaitForTheNextLookAtTheQueue() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), ORDERED);
            List<Object> events = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                events.add(Map.of("type", "videofacade_update", "player", Map.of("uuid", "p")));
            }
            api.request().body(events).post("/v1/events").then().statusCode(202);

            List<Request> requests = receiver.await(50);

            // Fifty looks at the steady pace would take 25 s.
            assertThat(Duration.between(requests.get(0).at(), requests.get(49).at()))
                    .isLessThan(Duration.ofSeconds(10));
        }
    }

    private static String player(Request request) {
        return new JsonObject(request.text()).getJsonObject("player").getString("uuid");
    }
}
