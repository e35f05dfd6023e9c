package io.playhook.pods;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.RealPostgres;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/** What the environment says is taken as it is: secrets come from generators that know nothing of our files. */
class EnvironmentIT {

    @TempDir
    Path folder;

    private RealPostgres server;

    @BeforeEach
    void startServer() throws Exception {
        server = RealPostgres.start(folder, null);
    }

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adm$$in${x\\$b\\\\c%prod.d,e\\,f'g\"h%20@:/?#[]&=+", "${playhook.db.name}", "a b\u00e4\\"})
    void aPasswordIsWhatTheVariableHolds(String secret) throws Exception {
        String name = "data$$ ${base ?&%s".formatted(Math.abs(secret.hashCode()));
        server.createDatabase(name, "role of " + name, secret);
        Map<String, String> environment = new HashMap<>();
        environment.put("PLAYHOOK_DB_HOST", "::1");
        environment.put("PLAYHOOK_DB_PORT", Integer.toString(server.port()));
        environment.put("PLAYHOOK_DB_NAME", name);
        environment.put("PLAYHOOK_DB_USER", "role of " + name);
        environment.put("PLAYHOOK_DB_PASSWORD", secret);
        environment.put("PLAYHOOK_ADMIN_TOKEN", secret);
        // What the environment says counts: no property of the same meaning stands before it.
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration
                .keySet()
                .removeIf(key -> key.matches("playhook\\.(db\\.(host|port|name|user|password)|admin\\.token)"));
        try (Pod pod = Pod.startWith(environment, configuration)) {
            if (secret.chars().allMatch(c -> c > ' ' && c < 127)) {
                given().port(pod.port())
                        .header("Authorization", "Bearer " + secret)
                        .get("/v1/admin/organizations")
                        .then()
                        .statusCode(200);
            }
            assertThat(pod.log()).doesNotContain("\"level\":\"ERROR\"");
        }
    }
}
