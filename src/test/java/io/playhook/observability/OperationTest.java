package io.playhook.observability;

import java.net.URI;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

/** What operators find. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class OperationTest {

    @TestHTTPResource(value = "/", management = true)
    URI management;

    @ParameterizedTest
    @ValueSource(strings = {"live", "ready", "started"})
    void isHealthy(String kind) {
        given().get(management.resolve("/q/health/" + kind))
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"));
    }

    @Test
    void describesItsApi() {
        Map<String, Object> paths = given().accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getMap("paths");
        assertThat(paths)
                .containsKeys(
                        "/v1/webhooks",
                        "/v1/webhooks/{webhookId}",
                        "/dashboard/v1/organizations/{organizationId}/webhooks/players",
                        "/v1/events",
                        "/v1/admin/organizations")
                .noneSatisfy((path, operations) -> assertThat(path).startsWith("/demo"));
        assertThat(given().get("/q/openapi").asString())
                .contains("videofacade_create")
                .doesNotContain("VIDEOFACADE_CREATE");
        given().redirects().follow(true).get("/q/swagger-ui").then().statusCode(200);
    }

    @Test
    void countsAttemptsAndWhatBecameOfThem() {
        double delivered = counter("playhook_deliveries_total{step=\"delivered\"}");
        double retried = counter("playhook_deliveries_total{step=\"retry\"}");
        double rejected = counter("playhook_attempts_seconds_count{outcome=\"rejected\"}");
        try (Receiver receiver = new Receiver().answers(Receiver.Answer.inTurn(500, 200))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url());
            api.publish("a-player");
            receiver.await(2);
        }
        // At least: what other tests left is retried meanwhile.
        Awaitility.await("both attempts counted")
                .until(() -> counter("playhook_deliveries_total{step=\"delivered\"}") >= delivered + 1);
        assertThat(counter("playhook_deliveries_total{step=\"retry\"}")).isGreaterThanOrEqualTo(retried + 1);
        assertThat(counter("playhook_attempts_seconds_count{outcome=\"rejected\"}"))
                .isGreaterThanOrEqualTo(rejected + 1);
    }

    private double counter(String name) {
        return given().get(management.resolve("/q/metrics"))
                .asString()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElse(0);
    }
}
