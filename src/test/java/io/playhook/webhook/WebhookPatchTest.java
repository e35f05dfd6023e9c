package io.playhook.webhook;

import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class WebhookPatchTest {

    private static final String SETTINGS =
            "{ \"own\" : 1.50,\n \"timeout_ms\":5000 , \"headers\":{\"X-A\":\"\\u0061\", \"X-B\":\"b\"} }";

    private Api api;
    private int id;

    @BeforeEach
    void aWebhook() {
        api = Api.ofNewOrganization();
        id = api.request()
                .body("{\"url\":\"https://example.com/a\",\"security_key\":\"first-key\","
                        + "\"event_subscriptions\":[\"playlist_update\"],\"settings\":" + SETTINGS + "}")
                .post("/v1/webhooks")
                .path("webhook_id");
    }

    @Test
    void changesWhatItNamesAndNothingElse() {
        Map<String, Object> before = get().jsonPath().getMap("");
        patch("{\"url\":\"https://example.com/b\"}")
                .then()
                .statusCode(200)
                .body("url", equalTo("https://example.com/b"))
                .body("event_subscriptions", equalTo(List.of("playlist_update")));
        Map<String, Object> after = get().jsonPath().getMap("");
        assertThat(after.get("updated_at")).isNotEqualTo(before.get("updated_at"));
        before.put("url", "https://example.com/b");
        before.put("updated_at", after.get("updated_at"));
        assertThat(after).isEqualTo(before);
    }

    @Test
    void keepsTheSpellingOfSettingsThatItDoesNotTouch() {
        patch("{\"settings\":{\"timeout_ms\":7000,\"headers\":{\"X-B\":null,\"X-C\":\"c\"}}}")
                .then()
                .statusCode(200);
        assertThat(get().asString())
                .contains("\"settings\":{ \"own\" : 1.50,\n \"timeout_ms\":7000 ,"
                        + " \"headers\":{\"X-A\":\"\\u0061\",\"X-C\":\"c\"} },");
    }

    @Test
    void removesSettings() {
        patch("{\"settings\":null}").then().statusCode(200).body("settings", nullValue());
        patch("{\"settings\":{\"own\":null,\"a\":1}}").then().body("settings", equalTo(Map.of("a", 1)));
    }

    @Test
    void answersAPatchThatChangesNothingWithTheSameVersion() {
        String tag = get().header("ETag");
        String asItIs = "{\"url\":\"https://example.com/a\",\"event_subscriptions\":[\"playlist_update\"],"
                + "\"settings\":{\"own\":1.50},\"status\":\"active\"}";
        for (String nothing : List.of("{}", "{\"anything\":1}", asItIs)) {
            patch(nothing).then().statusCode(200).header("ETag", tag);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"url\":null} | url",
                "{\"url\":5} | url",
                "{\"url\":{\"a\":1}} | url",
                "{\"url\":\"ftp://example.com\"} | url",
                "{\"url\":\"https://10.0.0.1/\"} | url",
                "{\"security_key\":null} | security_key",
                "{\"security_key\":\"\"} | security_key",
                "{\"security_key\":\"a\\u0000\"} | security_key",
                "{\"event_subscriptions\":null} | event_subscriptions",
                "{\"event_subscriptions\":[]} | event_subscriptions",
                "{\"event_subscriptions\":[\"playlist\"]} | event_subscriptions[0]",
                "{\"settings\":5} | settings",
                "{\"settings\":[]} | settings",
                "{\"settings\":{\"timeout_ms\":1}} | settings.timeout_ms",
                "{\"settings\":{\"headers\":{\"Host\":\"a\"}}} | settings.headers.Host",
                "{\"settings\":{\"security_key_header\":\"X-A\"}} | settings.headers.X-A",
                "{\"settings\":{\"own\":\"\\ud800\"}} | settings",
                "{\"status\":\"paused\"} | status",
                "{\"status\":null} | status",
                "{\"auth_token\":5} | auth_token"
            })
    void refusesWhatARegistrationWouldRefuse(String patch, String field) {
        Map<String, Object> before = get().jsonPath().getMap("");
        String tag = get().header("ETag");
        patch(patch).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
        assertThat(get().jsonPath().getMap("")).isEqualTo(before);
        assertThat(get().header("ETag")).isEqualTo(tag);
    }

    @Test
    void namesAllThatIsWrong() {
        assertThat(patch("{\"url\":\"https://127.0.0.2/\",\"event_subscriptions\":5,"
                                + "\"settings\":{\"rate_limit\":-1},\"status\":\"paused\",\"security_key\":\"\"}")
                        .jsonPath()
                        .getList("errors.field"))
                .containsExactlyInAnyOrder(
                        "url", "event_subscriptions", "settings.rate_limit", "status", "security_key");
    }

    /** Each patch is short; together they would be as long as one likes. */
    @Test
    void keepsSettingsThatGrowWithinTheirBound() {
        String much = "x".repeat(200_000);
        patch("{\"settings\":{\"one\":\"" + much + "\"}}").then().statusCode(200);
        patch("{\"settings\":{\"two\":\"" + much + "\"}}")
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("settings")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/merge-patch+json", "application/json", "application/json; charset=utf-8"})
    void speaksBothTypes(String type) {
        api.request()
                .contentType(type)
                .body("{\"settings\":null}")
                .patch("/v1/webhooks/{id}", id)
                .then()
                .statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json-patch+json", "text/plain", "application/xml"})
    void refusesOtherTypes(String type) {
        api.request()
                .contentType(type)
                .body("{}")
                .patch("/v1/webhooks/{id}", id)
                .then()
                .statusCode(406);
    }

    @Test
    void changesTheVersionThatIsMeantAndNoOther() {
        String first = get().header("ETag");
        ifMatch(first, "{\"url\":\"https://example.com/b\"}").then().statusCode(200);
        String second = get().header("ETag");
        assertThat(second).isNotEqualTo(first);
        ifMatch(first, "{\"url\":\"https://example.com/c\"}").then().statusCode(412);
        ifMatch("W/" + second, "{\"url\":\"https://example.com/c\"}").then().statusCode(412);
        get().then().body("url", equalTo("https://example.com/b"));
        ifMatch(first + ", " + second, "{\"url\":\"https://example.com/c\"}")
                .then()
                .statusCode(200);
        ifMatch("*", "{\"url\":\"https://example.com/d\"}").then().statusCode(200);
        api.request()
                .header("If-Match", first)
                .delete("/v1/webhooks/{id}", id)
                .then()
                .statusCode(412);
        api.request()
                .header("If-Match", first)
                .post("/v1/webhooks/{id}/pause", id)
                .then()
                .statusCode(412);
        get().then().statusCode(200).body("status", equalTo("active"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "\"3", "3\"", "\"3\" \"4\"", "\"3\", *", "w/\"3\"", ",", "\"3\"x"})
    void refusesAnIfMatchThatIsNone(String header) {
        ifMatch(header, "{}").then().statusCode(400).body("errors.field", equalTo(List.of("If-Match")));
    }

    @Test
    void whatIsSentNextGoesByWhatWasChanged() {
        try (Receiver before = new Receiver();
                Receiver after = new Receiver()) {
            int webhookId = api.register(before.url(), Map.of("headers", Map.of("X-Own", "one")));
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            api.request()
                    .body(Map.of(
                            "url",
                            after.url(),
                            "security_key",
                            "second-key",
                            "settings",
                            Map.of("headers", Map.of("X-Own", "two"))))
                    .patch("/v1/webhooks/{id}", webhookId)
                    .then()
                    .statusCode(200);
            Deliveries.awaitSettled(api.publish("p").path("event_id"));
            Receiver.Request request = after.await(1).get(0);
            assertThat(request.header("X-Own")).isEqualTo("two");
            assertThat(request.header("X-Security-Key")).isEqualTo("second-key");
            assertThat(before.requests()).hasSize(1);
        }
    }

    /** What waited for the one before it would have gone on waiting, though nothing has an order any more. */
    @Test
    void letsGoOfWhatWaitsForItsTurnWhereTheOrderIsGivenUp() {
        try (Receiver receiver = new Receiver().answers(Receiver.Answer.status(500))) {
            int webhookId = api.register(receiver.url(), Map.of("ordering", "player", "retry_schedule", List.of("1h")));
            api.publish("p");
            receiver.await(1);
            api.publish("p");
            api.publish("p");
            api.request()
                    .body(Map.of("settings", Map.of("ordering", "none")))
                    .patch("/v1/webhooks/{id}", webhookId)
                    .then()
                    .statusCode(200);
            assertThat(receiver.await(3)).hasSize(3);
        }
    }

    private Response get() {
        return api.request().get("/v1/webhooks/{id}", id);
    }

    private Response patch(String patch) {
        return api.request().body(patch).patch("/v1/webhooks/{id}", id);
    }

    private Response ifMatch(String header, String patch) {
        return api.request().header("If-Match", header).body(patch).patch("/v1/webhooks/{id}", id);
    }
}
