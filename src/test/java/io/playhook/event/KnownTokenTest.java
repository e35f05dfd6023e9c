package io.playhook.event;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.playhook.event.EventReader.Read;
import io.playhook.organization.Caller;
import io.playhook.organization.Credential;
import io.playhook.organization.Scope;
import io.playhook.organization.TokenHash;
import io.playhook.platform.problem.Problem;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;

/** A pod that knows a token does not ask for it before it publishes: what it is worth is seen as the event is accepted. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class KnownTokenTest {

    private static final Map<String, Object> EVENT =
            Map.of("type", "videofacade_update", "player", Map.of("uuid", "p"));
    private static final Map<String, Object> EVENT_WITH_KEY =
            Map.of("type", "videofacade_update", "player", Map.of("uuid", "p"), "idempotency_key", "a key");

    @Inject
    EventService service;

    private Api api;

    @BeforeEach
    void publishOnce() {
        api = Api.ofNewOrganization();
        publish(api.request(), EVENT_WITH_KEY, 202);
    }

    @Test
    void thatIsNewToThisPodPublishesOnce() {
        api.register("http://127.0.0.1:9/");
        String token = Api.newToken(api.organizationId(), List.of("events:write"));

        RestAssured.given()
                .auth()
                .preemptive()
                .oauth2(token)
                .contentType("application/json")
                .body(EVENT)
                .post("/v1/events")
                .then()
                .statusCode(202)
                .body("deliveries", equalTo(1));
        assertThat(events()).isEqualTo(2);
    }

    static Stream<Object> bodies() {
        return Stream.of(
                EVENT,
                List.of(EVENT, EVENT),
                EVENT_WITH_KEY,
                Map.of("type", "videofacade_update", "player", Map.of("uuid", "p"), "idempotency_key", "another key"),
                List.of(EVENT_WITH_KEY, EVENT),
                Map.of("type", "nonsense"),
                "[");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void isRefusedAtOnceWhereAnotherPodHasRevokedIt(Object body) {
        change("revoked_at = now()");

        publish(api.request(), body, 401);
        publish(RestAssured.given().contentType("application/json").queryParam("auth_token", api.token()), body, 401);
        assertThat(events()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void isRefusedAtOnceWhereItHasExpired(Object body) {
        change("expires_at = now()");

        publish(api.request(), body, 401);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void isRefusedAtOnceWhereItMayNotPublishAnyMore() {
        change("scopes = '{events:read}'");

        publish(api.request(), EVENT, 403);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void isAskedForAgainAfterItWasRefused() {
        change("revoked_at = now()");
        publish(api.request(), EVENT, 401);
        change("revoked_at = null");

        publish(api.request(), EVENT, 202);
        publish(api.request(), EVENT, 202);
    }

    @Test
    void isRefusedAtOnceWhereItStandsInTheBody() {
        Map<String, Object> body =
                Map.of("auth_token", api.token(), "type", "videofacade_update", "player", Map.of("uuid", "p"));
        publish(RestAssured.given().contentType("application/json"), body, 202);
        change("revoked_at = now()");

        publish(RestAssured.given().contentType("application/json"), body, 401);
    }

    static Stream<Optional<String>> keys() {
        return Stream.of(Optional.empty(), Optional.of("one"));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void isRefusedWhereItIsRevokedBetweenItsCheckAndThePublish(Optional<String> key) {
        Credential checked = new Credential(
                new Caller(api.organizationId(), List.of(), Set.of(Scope.EVENTS_WRITE)),
                TokenHash.of(api.token()),
                true);
        Submission single = new Submission("videofacade_update", "p", "{}", null, key.orElse(null));
        Submission another = new Submission(
                "videofacade_update", "p", "{}", null, key.map(one -> "another").orElse(null));
        change("revoked_at = now()");

        for (List<Submission> submissions : List.of(List.of(single), List.of(single, another))) {
            assertThatThrownBy(() -> service.publish(
                                    checked, new Read(submissions.size() > 1, submissions, Optional.empty()), null)
                            .toCompletionStage()
                            .toCompletableFuture()
                            .join())
                    .hasRootCauseInstanceOf(Problem.class)
                    .hasMessageContaining("revoked");
        }
        assertThat(events()).isEqualTo(1);
        assertThat(Deliveries.query(
                        "select 1 from idempotency_keys where organization_id = $1", Tuple.of(api.organizationId())))
                .hasSize(1);
    }

    private static void publish(RequestSpecification request, Object body, int status) {
        request.body(body).post("/v1/events").then().statusCode(status);
    }

    private void change(String what) {
        Deliveries.query(
                "update auth_tokens set " + what + " where organization_id = $1", Tuple.of(api.organizationId()));
    }

    private int events() {
        return Deliveries.query("select 1 from events where organization_id = $1", Tuple.of(api.organizationId()))
                .size();
    }
}
