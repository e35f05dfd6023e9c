package io.playhook.pods;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Tool;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every answer matches the API's description: Schemathesis makes calls out of {@code /q/openapi}, good ones and bad ones,
 * and judges what comes back.
 */
class FuzzIT {

    /** How long it goes on; {@code -Dplayhook.fuzz.seconds} says otherwise. */
    private static final int SECONDS =
            Integer.getInteger("playhook.fuzz.seconds", System.getenv("CI") == null ? 15 : 60);

    private static final Pattern SUMMARY = Pattern.compile("(\\d[\\d,]*) generated");

    @Test
    void everyAnswerMatchesTheDescriptionOfTheApi() throws Exception {
        Path schemathesis = Tool.installed("schemathesis");
        Path output = Files.createTempFile(Path.of("target"), "fuzz-", ".log");
        // No name resolves but those of the tests, so no delivery goes to whoever owns the names that it makes up.
        try (Pod pod = Pod.start(PlayhookDatabase.configuration())) {
            int exit = fuzz(schemathesis, pod, newToken(pod), output);
            String report = Files.readString(output);
            assertThat(exit).as(report).isZero();
            System.out.printf("Fuzz: %s test cases in %d s%n", cases(report), SECONDS);
            assertThat(pod.log()).as("what only a fault of ours logs").doesNotContain("\"level\":\"ERROR\"");
        }
    }

    private static int fuzz(Path schemathesis, Pod pod, String token, Path output) throws Exception {
        ProcessBuilder command = new ProcessBuilder(
                schemathesis.toString(),
                "--config-file",
                Path.of("src/test/resources/schemathesis.toml").toAbsolutePath().toString(),
                "run",
                "http://127.0.0.1:%d/q/openapi".formatted(pod.port()),
                "--no-color",
                "--max-time",
                Integer.toString(SECONDS));
        command.environment().put("PLAYHOOK_FUZZ_TOKEN", token);
        command.environment().put("PLAYHOOK_FUZZ_ADMIN_TOKEN", PlayhookDatabase.ADMIN_TOKEN);
        // It keeps a cache where it runs.
        Process process = command.directory(new File("target"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            // The phases before the fuzzing proper are not bounded by the time.
            assertThat(process.waitFor(SECONDS + 300L, TimeUnit.SECONDS))
                    .as("Schemathesis came to an end")
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Three organizations, as schemathesis.toml expects, and a token of the first. */
    private static String newToken(Pod pod) {
        for (int id : List.of(1, 2, 3)) {
            int created = admin(pod)
                    .body(Map.of("name", "Fuzzed"))
                    .post("/v1/admin/organizations")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("organization_id");
            assertThat(created).isEqualTo(id);
        }
        return admin(pod)
                .body(Map.of("scopes", Api.ALL_SCOPES))
                .post("/v1/admin/organizations/1/tokens")
                .then()
                .statusCode(201)
                .extract()
                .path("auth_token");
    }

    private static RequestSpecification admin(Pod pod) {
        return given().port(pod.port())
                .auth()
                .preemptive()
                .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                .contentType(ContentType.JSON);
    }

    private static String cases(String report) {
        Matcher matcher = SUMMARY.matcher(report);
        assertThat(matcher.find()).as(report).isTrue();
        return matcher.group(1);
    }
}
