package io.playhook.organization;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.MovableClock;
import io.playhook.testing.PlayhookDatabase;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class TokenExpiryTest {

    @Inject
    MovableClock clock;

    @AfterEach
    void backToNow() {
        clock.reset();
    }

    @Test
    void aTokenStopsWorkingWhenItExpiresWhateverThePodsClockSays() {
        Api api = Api.ofNewOrganization();
        String token = Api.asAdmin()
                .body(Map.of(
                        "scopes",
                        List.of("webhooks:read"),
                        "expires_at",
                        Instant.now().plus(Duration.ofHours(1)).toString()))
                .post("/v1/admin/organizations/{id}/tokens", api.organizationId())
                .path("auth_token");

        get(token, 404);
        clock.advance(Duration.ofMinutes(61));
        get(token, 404);
        Deliveries.query(
                "update auth_tokens set expires_at = now() where organization_id = $1 and expires_at is not null",
                Tuple.of(api.organizationId()));
        get(token, 401);
    }

    private static void get(String token, int status) {
        RestAssured.given()
                .auth()
                .preemptive()
                .oauth2(token)
                .get("/v1/webhooks/1000000")
                .then()
                .statusCode(status);
    }
}
