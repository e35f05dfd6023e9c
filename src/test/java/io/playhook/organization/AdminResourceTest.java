package io.playhook.organization;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static io.playhook.testing.Api.asAdmin;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class AdminResourceTest {

    private static final String ORGANIZATIONS = "/v1/admin/organizations";
    private static final String TOKENS = ORGANIZATIONS + "/{id}/tokens";

    @Test
    void createsAnOrganizationInsideAnother() {
        int parent = create(Map.of("name", "Parent"));
        asAdmin()
                .body(Map.of("name", "Child", "parent_id", parent))
                .post(ORGANIZATIONS)
                .then()
                .statusCode(201)
                .body("organization_id", notNullValue())
                .body("name", equalTo("Child"))
                .body("parent_id", equalTo(parent))
                .body("created_at", notNullValue());
    }

    @Test
    void refusesAParentThatDoesNotExistAndANameThatIsMissing() {
        asAdmin()
                .body(Map.of("name", "Child", "parent_id", 1_000_000))
                .post(ORGANIZATIONS)
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("parent_id")));
        asAdmin()
                .body(Map.of("parent_id", "none"))
                .post(ORGANIZATIONS)
                .then()
                .statusCode(400)
                .body("errors.field", containsInAnyOrder("name", "parent_id"));
    }

    @Test
    void listsOrganizationsPageByPage() {
        List<Integer> created =
                List.of(create(Map.of("name", "One")), create(Map.of("name", "Two")), create(Map.of("name", "Three")));
        List<Integer> seen = new ArrayList<>();
        String next = null;
        do {
            var request = asAdmin().queryParam("limit", 2);
            Response response = (next == null ? request : request.queryParam("after", next)).get(ORGANIZATIONS);
            JsonPath page = response.then().statusCode(200).extract().jsonPath();
            seen.addAll(page.getList("data.organization_id"));
            next = page.getString("next");
            assertThat(response.header("Link"))
                    .isEqualTo(
                            next == null
                                    ? null
                                    : "</v1/admin/organizations?limit=2&after=%s>; rel=\"next\"".formatted(next));
        } while (next != null);
        assertThat(seen).containsAll(created).isSorted().doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=251",
                "limit=many",
                "limit=-1",
                "limit=99999999999",
                "after=nonsense",
                "after=aWQ6LTE"
            })
    void refusesAPageThatCanNotBe(String query) {
        asAdmin().get(ORGANIZATIONS + "?" + query).then().statusCode(400);
    }

    @Test
    void showsATokenOnceAndNeverAgain() {
        int organization = create(Map.of("name", "One"));
        String token = asAdmin()
                .body(Map.of("scopes", List.of("events:read"), "expires_at", "2999-01-01T00:00:00+02:00"))
                .post(TOKENS, organization)
                .then()
                .statusCode(201)
                .body("token_id", notNullValue())
                .body("scopes", equalTo(List.of("events:read")))
                .body("expires_at", equalTo("2998-12-31T22:00:00Z"))
                .extract()
                .path("auth_token");
        String list = asAdmin()
                .get(TOKENS, organization)
                .then()
                .statusCode(200)
                .body("data", hasSize(1))
                .body("data[0].revoked_at", nullValue())
                .extract()
                .asString();
        assertThat(token).hasSizeGreaterThan(40);
        assertThat(list).doesNotContain(token).doesNotContain("auth_token");
    }

    @Test
    void refusesATokenWithoutScopesWithUnknownOnesOrAlreadyExpired() {
        int organization = create(Map.of("name", "One"));
        for (Map<String, Object> body : List.<Map<String, Object>>of(
                Map.of(),
                Map.of("scopes", List.of()),
                Map.of("scopes", List.of("everything")),
                Map.of("scopes", "events:read"),
                Map.of("scopes", List.of("events:read"), "expires_at", "2020-01-01T00:00:00Z"),
                Map.of("scopes", List.of("events:read"), "expires_at", "soon"))) {
            asAdmin().body(body).post(TOKENS, organization).then().statusCode(400);
        }
        asAdmin()
                .body(Map.of("scopes", List.of("events:read")))
                .post(TOKENS, 1_000_000)
                .then()
                .statusCode(404);
    }

    /** PostgreSQL kept +999999999 as another year: the token would have ended at another time than its answer said. */
    @ParameterizedTest
    @ValueSource(strings = {"+999999999-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "9999-12-31T23:59:59-18:00"})
    void refusesAnExpiryThatTheDatabaseWouldChange(String expiresAt) {
        asAdmin()
                .body(Map.of("scopes", List.of("events:read"), "expires_at", expiresAt))
                .post(TOKENS, create(Map.of("name", "One")))
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of("expires_at")));
    }

    @Test
    void countsTheCharactersOfANameAndNotTheirHalves() {
        create(Map.of("name", "\ud83d\ude00".repeat(200)));
        asAdmin()
                .body(Map.of("name", "\ud83d\ude00".repeat(201)))
                .post(ORGANIZATIONS)
                .then()
                .statusCode(400);
    }

    @Test
    void aRevokedTokenStopsWorkingAtOnce() {
        Api api = Api.ofNewOrganization();
        int id = asAdmin().get(TOKENS, api.organizationId()).path("data[0].token_id");
        api.request().get("/v1/webhooks/1000000").then().statusCode(404);

        asAdmin().delete(TOKENS + "/{token}", api.organizationId(), id).then().statusCode(200);

        api.request().get("/v1/webhooks/1000000").then().statusCode(401);
        asAdmin().get(TOKENS, api.organizationId()).then().body("data[0].revoked_at", notNullValue());
        asAdmin().delete(TOKENS + "/{token}", api.organizationId(), id).then().statusCode(200);
    }

    @Test
    void anotherOrganizationsTokenIsNotThere() {
        Api api = Api.ofNewOrganization();
        int id = asAdmin().get(TOKENS, api.organizationId()).path("data[0].token_id");
        asAdmin()
                .delete(TOKENS + "/{token}", create(Map.of("name", "Other")), id)
                .then()
                .statusCode(404);
        api.request().get("/v1/webhooks/1000000").then().statusCode(404);
    }

    @Test
    void letsOnlyTheAdminTokenPass() {
        Api api = Api.ofNewOrganization();
        given().get(ORGANIZATIONS).then().statusCode(401).header("WWW-Authenticate", equalTo("Bearer"));
        api.request().get(ORGANIZATIONS).then().statusCode(401);
        api.request()
                .body(Map.of("name", "Mine"))
                .post(ORGANIZATIONS)
                .then()
                .statusCode(401)
                .body("error", not(nullValue()));
    }

    @Test
    void timesAreInUtc() {
        String createdAt = asAdmin()
                .contentType(ContentType.JSON)
                .body(Map.of("name", "One"))
                .post(ORGANIZATIONS)
                .path("created_at");
        assertThat(createdAt).endsWith("Z");
        assertThat(Instant.parse(createdAt)).isBeforeOrEqualTo(Instant.now());
    }

    private static int create(Map<String, Object> body) {
        return asAdmin()
                .body(body)
                .post(ORGANIZATIONS)
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
    }
}
