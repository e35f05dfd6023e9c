package io.playhook.webhook;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class WebhookListTest {

    private static final String URL = "https://example.com/hook";

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void listsItsOwnPageByPageWhileOthersAreAdded() {
        List<Integer> own = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            own.add(api.register(URL));
        }
        Api.ofNewOrganization().register(URL);
        List<Integer> seen = new ArrayList<>();
        String link = "/v1/webhooks?limit=2";
        while (link != null) {
            Response page = api.request().urlEncodingEnabled(false).get(link);
            page.then().statusCode(200);
            seen.addAll(page.jsonPath().getList("data.webhook_id"));
            link = nextOf(page);
            if (seen.size() == 2) {
                own.add(api.register(URL));
                api.request().delete("/v1/webhooks/{id}", own.get(0)).then().statusCode(200);
            }
        }
        assertThat(seen).isEqualTo(own);
    }

    @Test
    void showsEachAsItIsShownAlone() {
        int id = api.register(URL, Map.of("timeout_ms", 2_000));
        JsonPath list = api.request().get("/v1/webhooks").jsonPath();
        assertThat(list.getMap("data[0]"))
                .isEqualTo(api.request().get("/v1/webhooks/{id}", id).jsonPath().getMap(""))
                .containsOnlyKeys(
                        "webhook_id",
                        "organization_id",
                        "url",
                        "event_subscriptions",
                        "settings",
                        "status",
                        "status_reason",
                        "circuit",
                        "created_at",
                        "updated_at")
                .containsEntry("organization_id", api.organizationId());
        assertThat(list.getMap("data[0].circuit")).isEqualTo(circuit("closed"));
        assertThat(list.getString("next")).isNull();
    }

    @Test
    void filtersByStatusAndByEvent() {
        int active = api.register(URL);
        int paused = api.register(URL);
        int forAll = api.registerForAll(URL, Map.of());
        api.request().post("/v1/webhooks/{id}/pause", paused).then().statusCode(200);
        assertThat(ids("status=active")).containsExactly(active, forAll);
        assertThat(ids("status=paused")).containsExactly(paused);
        assertThat(ids("status=disabled")).isEmpty();
        assertThat(ids("event=videofacade_destroy")).containsExactly(forAll);
        assertThat(ids("event=videofacade_update&status=active")).containsExactly(active, forAll);
        assertThat(ids("status=&event=&limit=&after=")).containsExactly(active, paused, forAll);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "status=deleted | status",
                "status=ACTIVE | status",
                "status=active&status=paused | status",
                "event=playlist | event",
                "limit=0 | limit",
                "limit=251 | limit",
                "limit=1e1 | limit",
                "limit=2&limit=2 | limit",
                "after=aWQ6MQ | after",
                "after=nonsense | after"
            })
    void refusesAFilterThatIsWrong(String query, String field) {
        list(query).then().statusCode(400).body("errors.field[0]", equalTo(field));
    }

    @Test
    void namesEveryParameterThatIsWrong() {
        assertThat(list("status=a&event=b&limit=c&after=d").jsonPath().getList("errors.field"))
                .containsExactly("status", "event", "limit", "after");
    }

    @Test
    void takesACursorForItsListAlone() {
        api.register(URL);
        api.register(URL);
        String next = list("limit=1&status=active").path("next");
        list("limit=1&status=active&after=" + next).then().statusCode(200);
        // Another page size is no other list.
        list("limit=9&status=active&after=" + next).then().statusCode(200);
        list("limit=1&after=" + next).then().statusCode(400);
        list("limit=1&status=paused&after=" + next).then().statusCode(400);
        Api.ofNewOrganization()
                .request()
                .get("/v1/webhooks?limit=1&status=active&after=" + next)
                .then()
                .statusCode(400);
        Api.asAdmin()
                .get("/v1/admin/organizations?limit=1&after=" + next)
                .then()
                .statusCode(400);
    }

    @Test
    void leavesTheTokenOutOfTheLink() {
        api.register(URL);
        api.register(URL);
        Response page = io.restassured.RestAssured.given()
                .get("/v1/webhooks?limit=1&status=active&auth_token={token}", api.token());
        assertThat(page.header("Link"))
                .isEqualTo("</v1/webhooks?status=active&limit=1&after=%s>; rel=\"next\""
                        .formatted(page.<String>path("next")));
    }

    private List<Integer> ids(String query) {
        return list(query).then().statusCode(200).extract().path("data.webhook_id");
    }

    private Response list(String query) {
        RequestSpecification request = api.request().urlEncodingEnabled(false);
        return request.get("/v1/webhooks?" + query);
    }

    private static String nextOf(Response page) {
        String link = page.header("Link");
        return link == null ? null : link.substring(1, link.indexOf('>'));
    }

    private static Map<String, Object> circuit(String state) {
        Map<String, Object> circuit = new java.util.HashMap<>();
        circuit.put("state", state);
        circuit.put("since", null);
        circuit.put("next_probe_at", null);
        return circuit;
    }
}
