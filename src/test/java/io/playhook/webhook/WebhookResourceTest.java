package io.playhook.webhook;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

/** The contract of registration, row by row. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class WebhookResourceTest {

    /** The example that the original API publishes, trailing comma included. */
    private static final String PUBLISHED_EXAMPLE = """
            {
            "url": "https://my.url.com",
            "security_key": "secure-token",
            "event_subscriptions": ["videofacade_create", "videofacade_update", "videofacade_destroy", "playlist_create", "playlist_update", "playlist_destroy"],
            }
            """;

    private static final String VALID = PUBLISHED_EXAMPLE;

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void registersThePublishedExampleAsPrinted() {
        Response response = api.request().body(PUBLISHED_EXAMPLE).post("/v1/webhooks");

        response.then().statusCode(201).contentType(ContentType.JSON);
        int id = response.path("webhook_id");
        assertThat(response.asString())
                .isEqualTo("{\"webhook_id\":" + id + ",\"status\":\"Successfully registered the webhook\"}");
        assertThat(response.header("Location")).endsWith("/v1/webhooks/" + id);
        api.request()
                .get("/v1/webhooks/{id}", id)
                .then()
                .statusCode(200)
                .body("url", equalTo("https://my.url.com"))
                .body("event_subscriptions.size()", equalTo(6))
                .body("status", equalTo("active"))
                .body("$", not(hasItem("security_key")));
    }

    @Test
    void takesTheTokenFromTheHeaderTheQueryOrTheBody() {
        given().contentType(ContentType.JSON)
                .header("Authorization", "bearer " + api.token())
                .body(VALID)
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
        given().contentType(ContentType.JSON)
                .queryParam("auth_token", api.token())
                .body(VALID)
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
        given().contentType(ContentType.JSON)
                .body(VALID.replaceFirst("\\{", "{\"auth_token\": \"" + api.token() + "\","))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    /** An empty one once hid the one that followed. */
    @Test
    void takesAnEmptyTokenForNone() {
        String withToken = VALID.replaceFirst("\\{", "{\"auth_token\": \"" + api.token() + "\",");
        for (String query : List.of("?auth_token=", "?auth_token=%20", "?auth_token=&auth_token=" + api.token())) {
            for (String header : List.of("", "Bearer", "Bearer ", "Basic eDp5")) {
                given().contentType(ContentType.JSON)
                        .urlEncodingEnabled(false)
                        .header("Authorization", header)
                        .body(withToken)
                        .post("/v1/webhooks" + query)
                        .then()
                        .statusCode(201);
            }
        }
    }

    @Test
    void takesATabAfterBearerForASpace() {
        for (String header : List.of("Bearer\t", "bearer  ", "BEARER \t ")) {
            given().contentType(ContentType.JSON)
                    .header("Authorization", header + api.token())
                    .body(VALID)
                    .post("/v1/webhooks")
                    .then()
                    .statusCode(201);
        }
    }

    @Test
    void anIdHasOneSpelling() {
        int id = api.request().body(VALID).post("/v1/webhooks").path("webhook_id");
        for (String other : List.of("0" + id, "%2B" + id, id + ".0", "-" + id, "0", "%EF%BC%91", "9999999999", "x")) {
            problem(api.request().urlEncodingEnabled(false).get("/v1/webhooks/" + other), 404);
        }
        api.request().get("/v1/webhooks/" + id).then().statusCode(200);
    }

    @Test
    void saysOfACompressedBodyThatItIs() {
        for (String encoding : List.of("gzip", "GZIP", "br", "deflate, gzip")) {
            problem(
                            api.request()
                                    .header("Content-Encoding", encoding)
                                    .body(new byte[] {0x1f, (byte) 0x8b, 8})
                                    .post("/v1/webhooks"),
                            400)
                    .body("detail", containsString("Content-Encoding"));
        }
        api.request()
                .header("Content-Encoding", "identity")
                .body(VALID)
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    @Test
    void prefersTheHeaderToTheQueryAndTheQueryToTheBody() {
        given().contentType(ContentType.JSON)
                .header("Authorization", "Bearer unknown")
                .queryParam("auth_token", api.token())
                .body(VALID)
                .post("/v1/webhooks")
                .then()
                .statusCode(401);
        given().contentType(ContentType.JSON)
                .queryParam("auth_token", "unknown")
                .body(VALID.replaceFirst("\\{", "{\"auth_token\": \"" + api.token() + "\","))
                .post("/v1/webhooks")
                .then()
                .statusCode(401);
    }

    /** What was wrong with the body, which has no use but for a token, was answered before who was calling. */
    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "5", "{", "{\"auth_token\": 5}"})
    void answers401ToADeletionWhoseBodyHoldsNoToken(String body) {
        given().contentType(ContentType.JSON)
                .body(body)
                .delete("/v1/webhooks/1000000")
                .then()
                .statusCode(401)
                .contentType("application/problem+json");
    }

    @Test
    void takesATokenInTheBodyThatIsNoStringForNone() {
        for (String token : List.of("5", "[]", "{}", "true")) {
            given().contentType(ContentType.JSON)
                    .body(VALID.replaceFirst("\\{", "{\"auth_token\": " + token + ","))
                    .post("/v1/webhooks")
                    .then()
                    .statusCode(401);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/webhooks | GET, HEAD, OPTIONS, POST",
                "/v1/webhooks/1 | DELETE, GET, HEAD, OPTIONS, PATCH",
                "/v1/webhooks/1/pause | OPTIONS, POST",
                "/dashboard/v1/organizations/1/webhooks/players/1 | DELETE, OPTIONS",
                "/v1/admin/organizations/1/tokens | GET, HEAD, OPTIONS, POST"
            })
    void namesTheMethodsThatAPathHas(String path, String methods) {
        api.request().put(path).then().statusCode(405).header("Allow", methods);
        api.request().options(path).then().statusCode(200).header("Allow", methods);
    }

    @Test
    void readsABodyWithoutContentTypeAsJson() throws Exception {
        // A client library would add a content type of its own.
        String request = "POST /v1/webhooks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                + api.token() + "\r\nContent-Length: " + VALID.length() + "\r\n\r\n" + VALID;
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 201");
        }
    }

    @Test
    void namesAllFieldsAtFaultAtOnce() {
        problem(post(Map.of("url", 5, "event_subscriptions", List.of(), "settings", "none")), 400)
                .body("errors.field", containsInAnyOrder("url", "security_key", "event_subscriptions", "settings"))
                .body("errors.find { it.field == 'security_key' }.message", equalTo("is required"));
    }

    @Test
    void namesTheEventThatItDoesNotKnow() {
        problem(post(registration("event_subscriptions", List.of("videofacade_create", "video_exploded"))), 400)
                .body("errors.field", equalTo(List.of("event_subscriptions[1]")))
                .body("detail", containsString("video_exploded"));
    }

    @Test
    void foldsDuplicateSubscriptionsIntoOne() {
        int id = post(registration("event_subscriptions", List.of("playlist_update", "playlist_update")))
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
        api.request()
                .get("/v1/webhooks/{id}", id)
                .then()
                .body("event_subscriptions", equalTo(List.of("playlist_update")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "example.com/hook",
                "/hook",
                "",
                "https://",
                "https://user:secret@example.com/",
                "https://example.com:99999/",
                "https://exa mple.com/",
                "https://10.0.0.1/hook",
                "https://169.254.169.254/latest/meta-data",
                "https://[::1]/",
                "https://2130706434/",
                "https://localhost.localdomain.:70000/"
            })
    void refusesAUrlThatEgressWouldNotAllow(String url) {
        problem(post(registration("url", url)), 400).body("errors.field", equalTo(List.of("url")));
    }

    @Test
    void refusesAUrlOfMoreThan2048Characters() {
        String longest = "https://example.com/" + "a".repeat(2_048 - "https://example.com/".length());
        post(registration("url", longest)).then().statusCode(201);
        problem(post(registration("url", longest + "a")), 400).body("errors.field", equalTo(List.of("url")));
    }

    @Test
    void takesASecurityKeyOf1To256PrintableCharacters() {
        post(registration("security_key", "k")).then().statusCode(201);
        post(registration("security_key", "k".repeat(256))).then().statusCode(201);
        for (String wrong : List.of(
                "",
                "k".repeat(257),
                "a\nb",
                "a\u0000b",
                "schl\u00fcssel",
                " k",
                "whsec_%%",
                "whsec_c2VjcmU",
                "whsec_c2VjcmV0cw=")) {
            problem(post(registration("security_key", wrong)), 400)
                    .body("errors.field", equalTo(List.of("security_key")));
        }
    }

    @Test
    void returnsSettingsAsTheyCame() {
        String settings = "{\"z\":1.50,\"description\":\"of a CRM\",\"a\":{\"b\":[1e2,null]}}";
        int id = api.request()
                .body(VALID.replaceFirst("\\{", "{\"settings\": " + settings + ","))
                .post("/v1/webhooks")
                .then()
                .statusCode(201)
                .extract()
                .path("webhook_id");
        assertThat(api.request().get("/v1/webhooks/{id}", id).asString()).contains("\"settings\":" + settings);
    }

    @Test
    void takesNullForSettings() {
        api.request()
                .body(VALID.replaceFirst("\\{", "{\"settings\": null,"))
                .post("/v1/webhooks")
                .then()
                .statusCode(201);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timeout_ms | 999",
                "timeout_ms | 30001",
                "timeout_ms | \"15s\"",
                "max_concurrency | 0",
                "max_concurrency | 101",
                "max_concurrency | 1.5",
                "rate_limit | 0",
                "rate_limit | \"fast\"",
                "retry_schedule | \"5s\"",
                "retry_schedule[1] | [\"0s\", \"soon\"]",
                "retry_schedule[0] | [\"8d\"]",
                "retry_schedule | [\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\"]",
                "send_security_key | \"yes\"",
                "security_key_header | \"Content-Length\"",
                "security_key_header | \"a b\"",
                "headers | []",
                "headers.Host | {\"Host\": \"a\"}",
                "headers.webhook-id | {\"webhook-id\": \"a\"}",
                "headers.X-Playhook-Event | {\"X-Playhook-Event\": \"a\"}",
                "headers.transfer-encoding | {\"transfer-encoding\": \"chunked\"}",
                "headers.X-Mine | {\"X-Mine\": \"a\\r\\nb\"}",
                "headers.X-Security-Key | {\"X-Security-Key\": \"mine\"}",
                "ordering | \"random\"",
                "coalesce_ms | -1",
                "format | \"xml\"",
                "retry_schedule | [\"7d\",\"7d\",\"7d\",\"6d\",\"1d\"]",
                "filter | []",
                "filter.name | {\"name\": []}",
                "filter.name | {\"name\": [\"a\", {\"b\": 1}]}",
                "filter.name | {\"name\": [[\"a\"]]}",
                "filter.name | {\"name\": \"a\\u0000\"}",
                "filter.name | {\"name\": {\"exists\": 1}}",
                "filter.name | {\"name\": {\"exists\": true, \"prefix\": \"a\"}}",
                "filter.name | {\"name\": 1e1001}",
                "filter.name | {\"name\": 1e-9999999999}",
                "filter.a..b | {\"a..b\": 1}",
                "filter. | {\"\": 1}",
                "filter.status | {\"status\": {\"like\": \"x\"}}",
                "description | 5"
            })
    void refusesAWrongValueOfAKnownSetting(String field, String value) {
        String key = field.split("[.\\[]")[0];
        problem(
                        api.request()
                                .body(VALID.replaceFirst(
                                        "\\{",
                                        "{\"settings\": {\"" + key + "\": " + value.replace("\\", "\\\\") + "},"))
                                .post("/v1/webhooks"),
                        400)
                .body("errors.field", equalTo(List.of("settings." + field)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "5", "null", "{\"url\": }", "{,}", "{\"a\":1}{", "{\"url\":1,\"url\":2}"})
    void answers400ToABodyWithWrongSyntax(String body) {
        problem(api.request().body(body).post("/v1/webhooks"), 400);
    }

    @Test
    void answers400ToABodyThatIsNotUtf8() {
        problem(
                api.request()
                        .body(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'})
                        .post("/v1/webhooks"),
                400);
    }

    @Test
    void answers401WithoutAToken() {
        problem(given().contentType(ContentType.JSON).body(VALID).post("/v1/webhooks"), 401)
                .header("WWW-Authenticate", equalTo("Bearer"));
    }

    @Test
    void answers401ToAnUnknownToken() {
        problem(
                        given().auth()
                                .preemptive()
                                .oauth2("unknown")
                                .contentType(ContentType.JSON)
                                .body(VALID)
                                .post("/v1/webhooks"),
                        401)
                .header("WWW-Authenticate", equalTo("Bearer"));
    }

    @Test
    void answers403ToATokenWithoutTheScope() {
        String reader = Api.newToken(api.organizationId(), List.of("webhooks:read", "events:write"));
        problem(
                        given().auth()
                                .preemptive()
                                .oauth2(reader)
                                .contentType(ContentType.JSON)
                                .body(VALID)
                                .post("/v1/webhooks"),
                        403)
                .body("detail", containsString("webhooks:write"));
    }

    @Test
    void answers404ForWhatIsNotThereAndForWhatIsAnothersAlike() {
        int mine = api.register("https://example.com/");
        Api other = Api.ofNewOrganization();
        String notThere = problem(other.request().delete("/v1/webhooks/{id}", 1_000_000), 404)
                .extract()
                .path("detail");
        problem(other.request().delete("/v1/webhooks/{id}", mine), 404).body("detail", equalTo(notThere));
        problem(other.request().get("/v1/webhooks/{id}", mine), 404).body("detail", equalTo(notThere));
        api.request().get("/v1/webhooks/{id}", mine).then().statusCode(200);
    }

    @Test
    void answers404ToAPathThatDoesNotExist() {
        problem(api.request().get("/v1/nothing"), 404);
    }

    @Test
    void answers406ToAnAcceptHeaderThatTheResourceDoesNotSpeak() {
        problem(api.request().accept("text/csv").body(VALID).post("/v1/webhooks"), 406);
    }

    @Test
    void answers406AndNever415ToAContentTypeThatTheResourceDoesNotSpeak() {
        problem(api.request().contentType("text/csv").body(VALID).post("/v1/webhooks"), 406);
        problem(api.request().contentType("application/xml").body("<a/>").post("/v1/webhooks"), 406);
    }

    @ParameterizedTest
    @ValueSource(ints = {256 * 1024, 10 * 1024 * 1024})
    void answers413ToABodyOverTheLimit(int size) {
        String body = "{\"url\": \"" + "a".repeat(size) + "\"}";
        problem(api.request().body(body).post("/v1/webhooks"), 413);
    }

    @Test
    void answers400WhereTheBodyIsMissing() {
        problem(api.request().post("/v1/webhooks"), 400);
        problem(api.request().post("/v1/events"), 400);
    }

    @Test
    void neverShowsTheQueryInAProblem() {
        problem(
                        given().queryParam("auth_token", "a-secret")
                                .contentType(ContentType.JSON)
                                .body(VALID)
                                .post("/v1/webhooks"),
                        401)
                .body("instance", equalTo("/v1/webhooks"));
    }

    @Test
    void deletesAWebhook() {
        int id = api.register("https://example.com/");
        assertThat(api.request()
                        .delete("/v1/webhooks/{id}", id)
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString())
                .isEqualTo("{\"status\":\"Successfully deleted the webhook\"}");
        problem(api.request().delete("/v1/webhooks/{id}", id), 404);
        problem(api.request().get("/v1/webhooks/{id}", id), 404);
    }

    @Test
    void answersAlikeOnThePathsOfTheOriginalApi() {
        String players = "/dashboard/v1/organizations/{organization}/webhooks/players";
        Response response = api.request().body(PUBLISHED_EXAMPLE).post(players, api.organizationId());
        int id = response.then()
                .statusCode(201)
                .header("Location", endsWith("/v1/webhooks/" + response.path("webhook_id")))
                .extract()
                .path("webhook_id");
        assertThat(response.asString())
                .isEqualTo("{\"webhook_id\":" + id + ",\"status\":\"Successfully registered the webhook\"}");
        problem(api.request().body("{").post(players, api.organizationId()), 400);
        problem(given().contentType(ContentType.JSON).body(VALID).post(players, api.organizationId()), 401);
        problem(api.request().body(VALID).post(players, api.organizationId() + 1_000), 404);
        problem(api.request().contentType("text/csv").body(VALID).post(players, api.organizationId()), 406);
        problem(api.request().delete(players + "/{id}", api.organizationId() + 1_000, id), 404);
        assertThat(api.request()
                        .delete(players + "/{id}", api.organizationId(), id)
                        .asString())
                .isEqualTo("{\"status\":\"Successfully deleted the webhook\"}");
        problem(api.request().delete(players + "/{id}", api.organizationId(), id), 404);
    }

    @Test
    void deletesWithATokenInTheBodyAsTheOriginalApiDoes() {
        int id = api.register("https://example.com/");
        given().contentType(ContentType.JSON)
                .body("{\"auth_token\": \"" + api.token() + "\"}")
                .delete("/dashboard/v1/organizations/{o}/webhooks/players/{id}", api.organizationId(), id)
                .then()
                .statusCode(200);
    }

    private Response post(Map<String, Object> body) {
        return api.request().body(body).post("/v1/webhooks");
    }

    private static Map<String, Object> registration(String field, Object value) {
        Map<String, Object> body = new HashMap<>(Map.of(
                "url", "https://example.com/hook",
                "security_key", "secure-token",
                "event_subscriptions", List.of("playlist_create")));
        body.put(field, value);
        return body;
    }

    /** Every error is a problem document that says its own status, with the copy that old clients read. */
    private static ValidatableResponse problem(Response response, int status) {
        ValidatableResponse problem = response.then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("status", equalTo(status));
        String detail = response.path("detail");
        return problem.body("error", equalTo(detail)).body("type", equalTo("about:blank"));
    }
}
