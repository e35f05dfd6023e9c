package io.playhook.pods;

import java.util.List;
import java.util.Map;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;

/** An organization of a pod, with a webhook, that publishes events which the webhook subscribed to. */
public record Publisher(Pod pod, String token) {

    private static final String EVENT = "playlist_update";

    /** Makes an organization and registers a receiver. */
    public static Publisher registered(Pod pod, Receiver receiver) {
        int organization = on(pod, PlayhookDatabase.ADMIN_TOKEN)
                .body(Map.of("name", "Publisher"))
                .post("/v1/admin/organizations")
                .path("organization_id");
        String token = on(pod, PlayhookDatabase.ADMIN_TOKEN)
                .body(Map.of("scopes", List.of("webhooks:read", "webhooks:write", "events:write")))
                .post("/v1/admin/organizations/{id}/tokens", organization)
                .path("auth_token");
        on(pod, token)
                .body(Map.of("url", receiver.url(), "security_key", "k", "event_subscriptions", List.of(EVENT)))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
        return new Publisher(pod, token);
    }

    /** Publishes an event. */
    public Response publish() {
        return request()
                .body(Map.of("type", EVENT, "player", Map.of("uuid", "p")))
                .post("/v1/events");
    }

    /** A request with the organization's token. */
    public RequestSpecification request() {
        return on(pod, token);
    }

    private static RequestSpecification on(Pod pod, String token) {
        return given().port(pod.port()).auth().preemptive().oauth2(token).contentType(ContentType.JSON);
    }
}
