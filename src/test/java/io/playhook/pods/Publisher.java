package io.playhook.pods;

import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;

/**
 * An organization that registers webhooks and publishes events which they subscribed to.
 *
 * @param pod which it talks to
 * @param token with all scopes that this takes
 */
public record Publisher(Pod pod, int organizationId, int tokenId, String token) {

    private static final Map<String, Object> EVENT = Map.of("type", "playlist_update", "player", Map.of("uuid", "p"));

    /** Makes an organization. */
    public static Publisher on(Pod pod) {
        int organization = request(pod, PlayhookDatabase.ADMIN_TOKEN)
                .body(Map.of("name", "Publisher"))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
        Response issued = request(pod, PlayhookDatabase.ADMIN_TOKEN)
                .body(Map.of("scopes", List.of("webhooks:read", "webhooks:write", "events:read", "events:write")))
                .post("/v1/admin/organizations/{id}/tokens", organization)
                .then()
                .statusCode(201)
                .extract()
                .response();
        return new Publisher(pod, organization, issued.path("token_id"), issued.path("auth_token"));
    }

    /** Makes an organization and registers a receiver. */
    public static Publisher registered(Pod pod, Receiver receiver) {
        Publisher publisher = on(pod);
        publisher.register(receiver, Map.of());
        return publisher;
    }

    /** The same organization, as it talks to another pod. */
    public Publisher at(Pod other) {
        return new Publisher(other, organizationId, tokenId, token);
    }

    /** Registers a webhook and gives its id. */
    public int register(Receiver receiver, Map<String, Object> settings) {
        return request()
                .body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        "key",
                        "event_subscriptions",
                        List.of(EVENT.get("type")),
                        "settings",
                        settings))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
    }

    /** Publishes an event; expects nothing. */
    public Response publish() {
        return request().body(EVENT).post("/v1/events");
    }

    /** Publishes so many events at once; expects that they are accepted. */
    public void publish(int count) {
        request()
                .body(Collections.nCopies(count, EVENT))
                .post("/v1/events")
                .then()
                .statusCode(202);
    }

    /** A request with the organization's token. */
    public RequestSpecification request() {
        return request(pod, token);
    }

    /** A request with the operator's token. */
    public RequestSpecification asAdmin() {
        return request(pod, PlayhookDatabase.ADMIN_TOKEN);
    }

    private static RequestSpecification request(Pod pod, String token) {
        return given().port(pod.port()).auth().preemptive().oauth2(token).contentType(ContentType.JSON);
    }
}
