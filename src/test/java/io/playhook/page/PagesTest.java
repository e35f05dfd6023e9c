package io.playhook.page;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.MovableTicker;
import io.playhook.testing.PlayhookDatabase;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

/** The page as a browser asks for it. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class PagesTest {

    @Inject
    Pool pool;

    @Inject
    MovableTicker ticker;

    private Api api;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    @Test
    void whoHasNotSignedInIsAskedToAndComesBack() {
        browser().get("/").then().statusCode(303).header("Location", equalTo("/sign-in"));
        browser()
                .get("/?status=active")
                .then()
                .statusCode(303)
                .header("Location", equalTo("/sign-in?to=%2F%3Fstatus%3Dactive"));
        browser()
                .queryParam("to", "/?status=active")
                .get("/sign-in")
                .then()
                .statusCode(200)
                .body(containsString("name=\"to\" value=\"/?status=active\""));
        assertThat(signIn(api.token(), "/?status=active").header("Location")).isEqualTo("/?status=active");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://example.com/", "//example.com/", "/\\example.com/", "javascript:alert(1)", "/a b", ""})
    void whoSignsInIsNotSentToAnotherSite(String to) {
        assertThat(signIn(api.token(), to).header("Location")).isEqualTo("/");
    }

    @Test
    void whoSignsInSeesTheWebhooksOfTheirOrganizationAlone() {
        api.register("https://ours.example/hook");
        Api.ofNewOrganization().register("https://theirs.example/hook");
        signedIn(api.token())
                .get("/")
                .then()
                .statusCode(200)
                .contentType("text/html;charset=UTF-8")
                .body(containsString("An organization of a test"))
                .body(containsString("https://ours.example/hook"))
                .body(not(containsString("https://theirs.example/hook")));
    }

    @Test
    void theListIsThatOfTheApi() {
        api.register("https://first.example/hook");
        int second = api.register("https://second.example/hook");
        api.request().post("/v1/webhooks/{id}/pause", second).then().statusCode(200);
        String cookie = signIn(api.token(), "/").cookie(Sessions.COOKIE);
        String page = browser()
                .cookie(Sessions.COOKIE, cookie)
                .get("/?limit=1")
                .then()
                .statusCode(200)
                .extract()
                .asString();
        assertThat(page).contains("https://first.example/hook").doesNotContain("https://second.example/hook");
        String next = page.replaceFirst("(?s).*rel=\"next\" href=\"([^\"]*)\".*", "$1")
                .replace("&amp;", "&");
        browser()
                .cookie(Sessions.COOKIE, cookie)
                .urlEncodingEnabled(false)
                .get(next)
                .then()
                .statusCode(200)
                .body(containsString("https://second.example/hook"))
                .body(not(containsString("rel=\"next\"")));
        browser()
                .cookie(Sessions.COOKIE, cookie)
                .get("/?status=paused")
                .then()
                .body(containsString("https://second.example/hook"))
                .body(not(containsString("https://first.example/hook")));
        browser()
                .cookie(Sessions.COOKIE, cookie)
                .get("/?status=broken")
                .then()
                .statusCode(400)
                .body(containsString("must be one of"));
    }

    @Test
    void whoHasNoWebhookIsToldHowToRegisterOne() {
        signedIn(api.token())
                .get("/")
                .then()
                .body(containsString("curl -s http://localhost:"))
                .body(containsString("'{\"url\": \"https://example.com/hook\""));
    }

    @Test
    void scriptInWhatOthersWroteStaysText() {
        Map<String, Object> named = Map.of("name", "<script>alert(1)</script>");
        int organization =
                Api.asAdmin().body(named).post("/v1/admin/organizations").path("organization_id");
        String token = Api.newToken(organization, Api.ALL_SCOPES);
        given().auth()
                .oauth2(token)
                .contentType(ContentType.JSON)
                .body(Map.of(
                        "url",
                        "https://example.com/?a='<script>alert(2)</script>",
                        "event_subscriptions",
                        List.of("playlist_update")))
                .post("/v1/webhooks");
        signedIn(token)
                .get("/")
                .then()
                .statusCode(200)
                .body(containsString("&lt;script&gt;alert(1)&lt;/script&gt;"))
                .body(not(containsString("<script>")));
        browser()
                .queryParam("to", "/\"><script>")
                .get("/sign-in")
                .then()
                .statusCode(200)
                .body(not(containsString("<script>")));
    }

    @Test
    void aBrowserIsToldToKeepTheCookieToItselfAndToLoadNothingFromElsewhere() {
        Response signedIn = signIn(api.token(), "/");
        assertThat(signedIn.statusCode()).isEqualTo(303);
        assertThat(signedIn.header("Set-Cookie"))
                .contains("HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=43200")
                .doesNotContain("Domain");
        for (Response page :
                List.of(signedIn, signedIn(api.token()).get("/"), browser().get("/sign-in"))) {
            assertThat(page.header("Content-Security-Policy"))
                    .contains("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(page.header("Cache-Control")).isEqualTo("no-store");
        }
    }

    @Test
    void theDatabaseHoldsNoCookieAndNoToken() {
        String cookie = signIn(api.token(), "/").cookie(Sessions.COOKIE);
        String kept = pool.query(
                        "select string_agg(encode(id_hash, 'escape') || encode(token_hash, 'escape'), ' ') from web_sessions")
                .execute()
                .await()
                .indefinitely()
                .iterator()
                .next()
                .getString(0);
        assertThat(kept).doesNotContain(cookie).doesNotContain(api.token());
    }

    @Test
    void whoSignsOutIsOutForWhoeverStillHasTheCookie() {
        String cookie = signIn(api.token(), "/").cookie(Sessions.COOKIE);
        browser()
                .cookie(Sessions.COOKIE, cookie)
                .post("/sign-out")
                .then()
                .statusCode(303)
                .header("Location", equalTo("/sign-in"))
                .header("Set-Cookie", containsString("Max-Age=0"));
        browser().cookie(Sessions.COOKIE, cookie).get("/").then().statusCode(303);
        browser().post("/sign-out").then().statusCode(303);
    }

    @Test
    void aSessionEndsWithItsTokenAndWithItsTime() {
        Response issued = Api.asAdmin()
                .body(Map.of("scopes", Api.ALL_SCOPES))
                .post("/v1/admin/organizations/{id}/tokens", api.organizationId());
        RequestSpecification revoked = signedIn(issued.path("auth_token"));
        RequestSpecification another = signedIn(api.token());
        revoked.get("/").then().statusCode(200);
        Api.asAdmin()
                .delete(
                        "/v1/admin/organizations/{id}/tokens/{token}",
                        api.organizationId(),
                        issued.<Integer>path("token_id"))
                .then()
                .statusCode(200);
        revoked.get("/").then().statusCode(303);
        another.get("/").then().statusCode(200);

        pool.query("update web_sessions set expires_at = now()")
                .execute()
                .await()
                .indefinitely();
        another.get("/").then().statusCode(303);
        signIn(api.token(), "/");
        assertThat(pool.query("select from web_sessions")
                        .execute()
                        .await()
                        .indefinitely()
                        .size())
                .as("those that have ended are gone")
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "", "\u0000", "Bearer x"})
    void aWrongTokenSignsNobodyIn(String token) {
        Response refused = signIn(token, "/?status=active");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.cookies()).isEmpty();
        assertThat(refused.asString())
                .contains("unknown, expired or revoked", "value=\"/?status=active\"")
                .doesNotContain("nonsense");
    }

    @Test
    void whoShowsTooManyWrongTokensHasToWait() {
        ticker.advance(Duration.ofMinutes(2));
        for (int i = 0; i < 20; i++) {
            assertThat(signIn("nonsense", "/").statusCode()).isEqualTo(401);
        }
        Response tooMany = signIn(api.token(), "/");
        assertThat(tooMany.statusCode()).isEqualTo(429);
        assertThat(tooMany.asString()).contains("wait a minute");
        ticker.advance(Duration.ofMinutes(2));
        assertThat(signIn(api.token(), "/").statusCode()).isEqualTo(303);
    }

    @Test
    void aTokenThatMayNotLookIsToldSo() {
        signedIn(Api.newToken(api.organizationId(), List.of("events:write")))
                .get("/")
                .then()
                .statusCode(403)
                .contentType("text/html;charset=UTF-8")
                .body(containsString("webhooks:read"));
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site, cross-site, 403",
        "Sec-Fetch-Site, same-site, 403",
        "Sec-Fetch-Site, same-origin, 303",
        "Origin, https://example.com, 403",
        "Origin, null, 403"
    })
    void whatAPageOfAnotherSiteSendsIsRefused(String header, String value, int status) {
        browser()
                .header(header, value)
                .formParam("token", api.token())
                .post("/sign-in")
                .then()
                .statusCode(status);
        browser().header(header, value).post("/sign-out").then().statusCode(status);
    }

    @Test
    void whatAPageOfOursSendsIsTaken() {
        browser()
                .header("Origin", "http://localhost:" + RestAssured.port)
                .formParam("token", api.token())
                .post("/sign-in")
                .then()
                .statusCode(303);
    }

    @ParameterizedTest
    @CsvSource({"/assets/page.css, text/css", "/assets/icon.svg, image/svg+xml"})
    void whatAPageLoadsIsThere(String path, String type) {
        browser().get(path).then().statusCode(200).header("Content-Type", containsString(type));
    }

    @Test
    void whatIsNotThereIsAsTheApiSaysIt() {
        browser().get("/nothing").then().statusCode(404).contentType(ContentType.JSON);
        given().accept("application/json").get("/").then().statusCode(406);
    }

    private static RequestSpecification browser() {
        return given().accept("text/html,application/xhtml+xml,*/*;q=0.8")
                .redirects()
                .follow(false);
    }

    private static Response signIn(String token, String to) {
        return browser().formParam("token", token).formParam("to", to).post("/sign-in");
    }

    private static RequestSpecification signedIn(String token) {
        return browser().cookie(Sessions.COOKIE, signIn(token, "/").cookie(Sessions.COOKIE));
    }
}
