package io.playhook.nativeimage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.platform.table.TableFormat;
import io.playhook.pods.Pod;
import io.playhook.pods.Publisher;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the service loads by name while it runs, in the native image it finds only where it is registered. Once it did not
 * start: Jackson's naming strategy was loaded by the name that the configuration gives, and registered by nobody.
 */
class LoadedByNameIT {

    @TempDir
    Path folder;

    @Test
    void everythingThatIsLoadedByNameIsRegistered() throws Exception {
        Assumptions.assumeTrue(Pod.isOnJava(), "a binary was built: it shows by running what is registered");
        Set<String> loaded = useTheService();
        NativeSources sources = NativeSources.make(folder);

        Set<String> unregistered = loaded.stream()
                .filter(line -> !isRegistered(line.split(" "), sources))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(loaded).as("what the agent saw").anyMatch(line -> line.contains("SnakeCaseStrategy"));
        assertThat(unregistered).containsExactlyInAnyOrderElementsOf(reviewed());
    }

    private static boolean isRegistered(String[] loaded, NativeSources sources) {
        String name = loaded[1];
        return switch (loaded[0]) {
            case "class" -> sources.registersType(name) || !exists(name, sources);
            case "resource" -> sources.registersResource(name) || !sources.has(name);
            case "service" ->
                sources.registersResource("META-INF/services/" + name) || !sources.has("META-INF/services/" + name);
            default -> sources.registersProxy(name);
        };
    }

    private static boolean exists(String type, NativeSources sources) {
        String entry = type.replace('.', '/') + ".class";
        return sources.has(entry) || ClassLoader.getPlatformClassLoader().getResource(entry) != null;
    }

    /** Starts it, uses it, stops it; gives what it loaded by name. */
    private Set<String> useTheService() throws Exception {
        Path names = folder.resolve("names");
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        try (Pod pod = Pod.start(configuration, List.of(AgentJar.option(folder, names)));
                Receiver receiver = new Receiver()) {
            Publisher publisher = Publisher.registered(pod, receiver);
            publisher.publish().then().statusCode(202);
            publishInTurns(publisher, receiver);
            receiver.await(3);
            publisher.request().get("/v1/webhooks/1").then().statusCode(200);
            publisher.request().body("{\"type\"").post("/v1/events").then().statusCode(400);
            publisher.request().delete("/v1/webhooks/1").then().statusCode(200);
            given().port(pod.port()).get("/v1/webhooks/1").then().statusCode(401);
            look(publisher);
            for (String path : List.of("/q/openapi", "/q/swagger-ui/", "/nothing", "/v1/../nothing")) {
                given().port(pod.port()).get(path);
            }
            for (String path : List.of("/q/health", "/q/metrics")) {
                assertThat(pod.status(path)).isEqualTo(200);
            }
            pod.stop();
        }
        return new TreeSet<>(Files.readAllLines(names));
    }

    /** As people do, and as a table. */
    private static void look(Publisher publisher) {
        int port = publisher.pod().port();
        String cookie = given().port(port)
                .redirects()
                .follow(false)
                .formParam("token", publisher.token())
                .post("/sign-in")
                .then()
                .statusCode(303)
                .extract()
                .cookie("playhook_session");
        for (String path : List.of("/", "/sign-in", "/assets/page.css")) {
            given().port(port)
                    .cookie("playhook_session", cookie)
                    .get(path)
                    .then()
                    .statusCode(200);
        }
        given().port(port)
                .redirects()
                .follow(false)
                .formParam("token", "wrong")
                .post("/sign-in")
                .then()
                .statusCode(401);
        for (TableFormat format : TableFormat.values()) {
            publisher
                    .request()
                    .accept(format.type())
                    .get("/v1/deliveries")
                    .then()
                    .statusCode(200);
        }
    }

    private static void publishInTurns(Publisher publisher, Receiver receiver) {
        publisher
                .request()
                .body(Map.of(
                        "url", receiver.url(),
                        "security_key", "k",
                        "settings", Map.of("ordering", "player"),
                        "event_subscriptions", List.of("playlist_create")))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
        for (String key : List.of("one", "another")) {
            publisher
                    .request()
                    .header("Idempotency-Key", key)
                    .body("[{\"type\": \"playlist_create\", \"player\": {\"uuid\": \"p\"}}]")
                    .post("/v1/events")
                    .then()
                    .statusCode(202);
        }
    }

    // Lines that begin with # are comments.
    private static List<String> reviewed() throws IOException {
        try (var list = LoadedByNameIT.class.getResourceAsStream("/native/loaded-by-name.txt")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }
}
