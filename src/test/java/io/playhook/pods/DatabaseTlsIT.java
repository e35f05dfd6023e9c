package io.playhook.pods;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Certificate;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.RealPostgres;

import static org.assertj.core.api.Assertions.assertThat;

/** A PostgreSQL that takes TLS only, with a certificate for "localhost". */
class DatabaseTlsIT {

    @TempDir
    static Path folder;

    private static Certificate certificate;
    private static Certificate another;
    private static RealPostgres server;

    @BeforeAll
    static void startServer() throws Exception {
        certificate = Certificate.of("localhost");
        another = Certificate.of("another.test");
        server = RealPostgres.start(folder, certificate);
        server.createDatabase("playhook", "playhook", "secret");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void migratesAndServesOverTlsThatIsVerified() throws Exception {
        Map<String, String> configuration = configuration("localhost", "verify-full");
        configuration.put("playhook.db.ssl-root-cert", certificate.pem().toString());
        configuration.put("playhook.db.migrate", "true");
        try (Pod pod = Pod.start(configuration)) {
            assertThat(pod.status("/q/health/ready")).isEqualTo(200);
        }
    }

    @Test
    void migratesAndServesOverTlsThatIsRequired() throws Exception {
        Map<String, String> configuration = configuration("127.0.0.1", "require");
        configuration.put("playhook.db.migrate", "true");
        try (Pod pod = Pod.start(configuration)) {
            assertThat(pod.status("/q/health/ready")).isEqualTo(200);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "without TLS,             localhost, disable,     right",
        "an authority not known,  localhost, verify-full, wrong",
        "no authority given,      localhost, verify-full, none",
        "a name it does not have, 127.0.0.1, verify-full, right"
    })
    void doesNotConnect(String name, String host, String mode, String authority) throws Exception {
        Map<String, String> configuration = configuration(host, mode);
        if (!authority.equals("none")) {
            configuration.put(
                    "playhook.db.ssl-root-cert",
                    (authority.equals("right") ? certificate : another).pem().toString());
        }
        try (Pod pod = Pod.launch(configuration)) {
            Awaitility.await("the pod says that it can't reach the database")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> pod.status("/q/health/ready") == 503 && says(pod, "The database can't be reached"));
        }
    }

    /** They go by another driver. */
    @Test
    void migrationsTrustNobodyElseEither() throws Exception {
        Map<String, String> configuration = configuration("localhost", "verify-full");
        configuration.put("playhook.db.ssl-root-cert", another.pem().toString());
        configuration.put("playhook.db.migrate", "true");
        configuration.put("quarkus.init-and-exit", "true");
        try (Pod migration = Pod.launch(configuration)) {
            assertThat(migration.awaitExit()).isNotZero();
            assertThat(migration.log()).contains("SSL error");
        }
    }

    private static boolean says(Pod pod, String words) throws IOException {
        return pod.log().contains(words);
    }

    private static Map<String, String> configuration(String host, String mode) {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.db.host", host);
        configuration.put("playhook.db.port", Integer.toString(server.port()));
        configuration.put("playhook.db.name", "playhook");
        configuration.put("playhook.db.user", "playhook");
        configuration.put("playhook.db.password", "secret");
        configuration.put("playhook.db.migrate", "false");
        configuration.put("playhook.db.ssl-mode", mode);
        return configuration;
    }
}
