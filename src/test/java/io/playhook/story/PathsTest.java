package io.playhook.story;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** A gateway's rules go by the path as it was sent. What another spelling of a path reaches must not pass them. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class PathsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/../q/metrics",
                "/v1/%2e%2e/q/health",
                "/v1/.%2E/q/health",
                "/v1//admin/organizations",
                "//v1/admin/organizations",
                "/v1/admin//organizations",
                "/v1/%61dmin/organizations",
                "/v1/admi%6E/organizations",
                "/v1/./admin/organizations",
                "/./v1/admin/organizations",
                "/v1/x/../admin/organizations",
                "/v1/admin/organizations/.",
                "/v1/admin/organizations/..",
                "/v1/admin;x=1/organizations",
                "/v1;/admin/organizations",
                "/v1/admin%3bx/organizations",
                "/v1%2fadmin/organizations",
                "/v1%2Fadmin%2Forganizations",
                "/v1%5cadmin/organizations",
                "/v1\\admin\\organizations",
                "/v1/admin%00/organizations",
                "/v1/admin/organizations%0a",
                "/v1/admin%7f/organizations",
                "/v1/admin/organizations%",
                "/v1/admin/organizations%2",
                "/v1/admin/organizations%zz",
                "/q//openapi",
                "/v1/../q/openapi",
                "/q/swagger-ui/../openapi"
            })
    void aPathThatIsNotInItsNormalFormIsRefusedBeforeItIsRouted(String path) throws IOException {
        assertThat(get(path)).startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/admin/organizations",
                "/v1/admin/organizations/",
                "/v1/webhooks/a%20b",
                "/v1/webhooks/%c3%a9"
            })
    void aPathInItsNormalFormIsRouted(String path) throws IOException {
        assertThat(get(path)).doesNotStartWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health", "/q/health/live", "/q/health/ready", "/q/health/started", "/q/metrics"})
    void theApisPortLeadsNeitherToHealthNorToMetrics(String path) throws IOException {
        assertThat(get(path)).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void theApisDescriptionStaysWhereItsUsersAre() throws IOException {
        assertThat(get("/q/openapi")).startsWith("HTTP/1.1 200 ");
        assertThat(get("/q/swagger-ui/")).startsWith("HTTP/1.1 200 ");
    }

    /** The answer to a request whose path is sent as it stands here: no HTTP client does that. */
    private static String get(String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", RestAssured.port);
                InputStream in = socket.getInputStream()) {
            socket.getOutputStream()
                    .write(
                            "GET %s HTTP/1.1\r\nHost: playhook.test\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                                    .formatted(path, PlayhookDatabase.ADMIN_TOKEN)
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
