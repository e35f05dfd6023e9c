package io.playhook.reliability;

import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;

import io.playhook.pods.Pod;
import io.playhook.testing.PlayhookDatabase;

import static io.restassured.RestAssured.given;

/** Pods on one database, with an organization in it. */
final class Cluster implements AutoCloseable {

    private static final long CHECK_EVERY_MS = 250;

    private final Map<String, String> configuration;
    private final List<Pod> pods = new CopyOnWriteArrayList<>();
    private final String token;
    private final Thread gateway = new Thread(this::watch, "gateway");
    private volatile List<Pod> ready;

    /** Starts so many pods. */
    Cluster(Map<String, String> database, Map<String, String> settings, int size) throws IOException {
        configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.putAll(database);
        configuration.putAll(settings);
        for (int i = 0; i < size; i++) {
            pods.add(Pod.start(configuration, List.of()));
        }
        token = newOrganization();
        ready = List.copyOf(pods);
        gateway.setDaemon(true);
        gateway.start();
    }

    /** Creates another organization and gives a token of it. */
    String newOrganization() {
        int organizationId = admin().body(Map.of("name", "Reliability"))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
        return admin().body(Map.of("scopes", List.of("webhooks:read", "webhooks:write", "events:write")))
                .post("/v1/admin/organizations/{id}/tokens", organizationId)
                .then()
                .statusCode(201)
                .extract()
                .path("auth_token");
    }

    List<Pod> pods() {
        return pods;
    }

    /** The pods that a gateway sends requests to: those that said a moment ago that they are ready. */
    List<Pod> ready() {
        List<Pod> current = ready;
        return current.isEmpty() ? pods : current;
    }

    private void watch() {
        try {
            while (true) {
                ready = pods.stream()
                        .filter(pod -> pod.status("/q/health/ready") == 200)
                        .toList();
                Thread.sleep(CHECK_EVERY_MS);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    String token() {
        return token;
    }

    /** Registers a webhook and gives its id. */
    int register(String url, Map<String, Object> settings) {
        return register(token, url, settings);
    }

    int register(String ofToken, String url, Map<String, Object> settings) {
        return request(pods.get(0), ofToken)
                .body(Map.of(
                        "url",
                        url,
                        "security_key",
                        "key",
                        "event_subscriptions",
                        List.of("playlist_update"),
                        "settings",
                        settings))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
    }

    /** Publishes so many events of one player in one request. */
    void publish(Pod pod, String ofToken, int count) {
        List<Object> events =
                Collections.nCopies(count, Map.of("type", "playlist_update", "player", Map.of("uuid", "p")));
        request(pod, ofToken).body(events).post("/v1/events").then().statusCode(202);
    }

    private static RequestSpecification request(Pod pod, String ofToken) {
        return given().port(pod.port()).auth().preemptive().oauth2(ofToken).contentType(ContentType.JSON);
    }

    /** Ends a pod without a warning and starts another in its place. */
    void killAndReplace(int index) throws IOException, InterruptedException {
        pods.get(index).kill();
        replace(index);
    }

    /** Starts another pod in the place of one that has ended. */
    void replace(int index) throws IOException {
        pods.set(index, Pod.start(configuration, List.of()));
    }

    private RequestSpecification admin() {
        return given().port(pods.get(0).port())
                .auth()
                .preemptive()
                .oauth2(PlayhookDatabase.ADMIN_TOKEN)
                .contentType(ContentType.JSON);
    }

    @Override
    public void close() {
        gateway.interrupt();
        pods.forEach(Pod::close);
    }
}
