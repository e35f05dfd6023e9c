package io.playhook.webhook;

import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

/** Signatures are judged by the official Standard Webhooks verifier. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class KeyRotationTest {

    private static final String FIRST = "whsec_Zmlyc3Qta2V5LW9mLXRoaXMtd2ViaG9vay4uLi4=";

    private Receiver receiver;
    private Api api;
    private int id;

    @BeforeEach
    void aWebhook() {
        receiver = new Receiver();
        api = Api.ofNewOrganization();
        id = api.request()
                .body(Map.of(
                        "url",
                        receiver.url(),
                        "security_key",
                        FIRST,
                        "event_subscriptions",
                        List.of("videofacade_update")))
                .post("/v1/webhooks")
                .path("webhook_id");
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void makesAKeyAndShowsItOnce() {
        Response rotated = rotate("{}");
        String made = rotated.then().statusCode(200).extract().path("security_key");
        assertThat(made).matches("whsec_[A-Za-z0-9+/]{43}=");
        Instant ends = Instant.parse(rotated.path("overlap_ends_at"));
        assertThat(ends)
                .isBetween(Instant.now().plusSeconds(86_340), Instant.now().plusSeconds(86_460));
        assertThat(api.request().get("/v1/webhooks/{id}", id).asString()).doesNotContain(made, "whsec");
        Request request = deliver();
        assertThat(request.header("X-Security-Key")).isEqualTo(made);
        assertThat(accepts(made, request)).isTrue();
        assertThat(accepts(FIRST, request)).isTrue();
    }

    @Test
    void neverReturnsAKeyThatWasGiven() {
        rotate("{\"security_key\":\"a-chosen-key\",\"overlap_seconds\":60}")
                .then()
                .statusCode(200)
                .body("webhook_id", equalTo(id))
                .body("security_key", nullValue());
        assertThat(deliver().header("X-Security-Key")).isEqualTo("a-chosen-key");
    }

    @Test
    void endsTheOldKeyAtOnceWithoutAnOverlap() {
        String made = rotate("{\"overlap_seconds\":0}")
                .then()
                .body("overlap_ends_at", nullValue())
                .extract()
                .path("security_key");
        Request request = deliver();
        assertThat(accepts(made, request)).isTrue();
        assertThat(accepts(FIRST, request)).isFalse();
    }

    @Test
    void endsTheOldKeyWhenTheOverlapEnds() {
        String made = rotate("{\"overlap_seconds\":2}").path("security_key");
        assertThat(accepts(FIRST, deliver())).isTrue();
        org.awaitility.Awaitility.await("the old key signs no more").until(() -> !accepts(FIRST, deliver()));
        assertThat(accepts(made, deliver())).isTrue();
    }

    /** Whoever gets no answer asks again: the key that its receiver has must sign on. */
    @Test
    void keepsTheFirstOfTwoRotationsSigning() {
        String lost = rotate("{}").path("security_key");
        String made = rotate("{}").path("security_key");
        Request request = deliver();
        for (String key : List.of(FIRST, lost, made)) {
            assertThat(accepts(key, request)).isTrue();
        }
        rotate("{\"overlap_seconds\":0}");
        Request last = deliver();
        for (String key : List.of(FIRST, lost, made)) {
            assertThat(accepts(key, last)).isFalse();
        }
    }

    @Test
    void keepsTheNumberOfFormerKeysWithinItsBound() {
        for (int i = 0; i < 5; i++) {
            rotate("{}").then().statusCode(200);
        }
        rotate("{}").then().statusCode(400);
        rotate("{\"overlap_seconds\":0}").then().statusCode(200);
        rotate("{}").then().statusCode(200);
    }

    @Test
    void aPatchedKeyTakesTheirPlaceAtOnce() {
        rotate("{}").then().statusCode(200);
        api.request()
                .body(Map.of("security_key", "patched-key"))
                .patch("/v1/webhooks/{id}", id)
                .then()
                .statusCode(200);
        Request request = deliver();
        assertThat(request.header("webhook-signature")).doesNotContain(" ");
        assertThat(request.header("X-Security-Key")).isEqualTo("patched-key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"security_key\":\"\"} | security_key",
                "{\"security_key\":5} | security_key",
                "{\"security_key\":\"whsec_!\"} | security_key",
                "{\"overlap_seconds\":-1} | overlap_seconds",
                "{\"overlap_seconds\":604801} | overlap_seconds",
                "{\"overlap_seconds\":1.5} | overlap_seconds",
                "{\"overlap_seconds\":\"60\"} | overlap_seconds",
                "{\"overlap_seconds\":99999999999} | overlap_seconds"
            })
    void refusesAFieldThatIsWrong(String body, String field) {
        rotate(body).then().statusCode(400).body("errors.field", equalTo(List.of(field)));
        assertThat(accepts(FIRST, deliver())).isTrue();
    }

    private Response rotate(String body) {
        return api.request().body(body).post("/v1/webhooks/{id}/security_key", id);
    }

    private Request deliver() {
        Deliveries.awaitSettled(api.publish("p").path("event_id"));
        List<Request> requests = new ArrayList<>(receiver.requests());
        return requests.get(requests.size() - 1);
    }

    private static boolean accepts(String key, Request request) {
        HttpHeaders headers = HttpHeaders.of(
                Map.of(
                        "webhook-id", List.of(request.header("webhook-id")),
                        "webhook-timestamp", List.of(request.header("webhook-timestamp")),
                        "webhook-signature", List.of(request.header("webhook-signature"))),
                (name, value) -> true);
        try {
            new Webhook(key).verify(request.text(), headers);
            return true;
        } catch (WebhookVerificationException notAccepted) {
            return false;
        }
    }
}
