package io.playhook.testing;

import java.util.List;
import java.util.Map;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import static io.restassured.RestAssured.given;

/** The API as an organization of the test's own sees it, from outside. */
public final class Api {

    public static final List<String> ALL_SCOPES =
            List.of("webhooks:read", "webhooks:write", "events:read", "events:write");

    private final int organizationId;
    private final String token;

    private Api(int organizationId, String token) {
        this.organizationId = organizationId;
        this.token = token;
    }

    /** Creates an organization with a token that has all scopes. */
    public static Api ofNewOrganization() {
        return create(Map.of("name", "An organization of a test"));
    }

    /** Creates an organization within this one, with a token that has all scopes. */
    public Api newFolder() {
        return create(Map.of("name", "A folder of a test", "parent_id", organizationId));
    }

    private static Api create(Map<String, Object> organization) {
        int id = asAdmin()
                .body(organization)
                .post("/v1/admin/organizations")
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
        return new Api(id, newToken(id, ALL_SCOPES));
    }

    /** Makes a token with the given scopes. */
    public static String newToken(int organizationId, List<String> scopes) {
        return asAdmin()
                .body(Map.of("scopes", scopes))
                .post("/v1/admin/organizations/{id}/tokens", organizationId)
                .then()
                .statusCode(201)
                .extract()
                .path("auth_token");
    }

    public static RequestSpecification asAdmin() {
        return given().auth().preemptive().oauth2(PlayhookDatabase.ADMIN_TOKEN).contentType(ContentType.JSON);
    }

    public int organizationId() {
        return organizationId;
    }

    public String token() {
        return token;
    }

    /** A request with this organization's token. */
    public RequestSpecification request() {
        return given().auth().preemptive().oauth2(token).contentType(ContentType.JSON);
    }

    /** Registers a webhook for {@code videofacade_update} and gives its id. */
    public int register(String url, Map<String, Object> settings) {
        return register(url, List.of("videofacade_update"), settings);
    }

    /** Registers a webhook for what happens to video facades and gives its id. */
    public int registerForAll(String url, Map<String, Object> settings) {
        return register(url, List.of("videofacade_create", "videofacade_update", "videofacade_destroy"), settings);
    }

    /** Registers a webhook and gives its id. */
    public int register(String url, List<String> eventSubscriptions, Map<String, Object> settings) {
        return request()
                .body(Map.of(
                        "url",
                        url,
                        "security_key",
                        "secure-token",
                        "event_subscriptions",
                        eventSubscriptions,
                        "settings",
                        settings))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
    }

    public int register(String url) {
        return register(url, Map.of());
    }

    /** Publishes an update of a player; expects that it is accepted. */
    public Response publish(String playerUuid) {
        return publish("videofacade_update", playerUuid);
    }

    /** Publishes an event of a player; expects that it is accepted. */
    public Response publish(String type, String playerUuid) {
        return request()
                .body(Map.of("type", type, "player", Map.of("uuid", playerUuid)))
                .post("/v1/events")
                .then()
                .statusCode(202)
                .extract()
                .response();
    }
}
