package io.playhook.story;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** What someone who reads the database finds of secrets. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class SecretsTest {

    @Test
    void keepsASecurityKeySealedAndForgetsItWithTheWebhook() {
        Api api = Api.ofNewOrganization();
        int webhookId = api.register("https://example.com/");
        assertThat(securityKey(webhookId)).startsWith("test:").doesNotContain("secure");

        api.request().delete("/v1/webhooks/{id}", webhookId).then().statusCode(200);
        assertThat(securityKey(webhookId)).isNull();
    }

    @Test
    void keepsNoTokenButItsHash() throws NoSuchAlgorithmException {
        Api api = Api.ofNewOrganization();
        byte[] hash = Deliveries.query(
                        "select token_hash from auth_tokens where organization_id = $1", Tuple.of(api.organizationId()))
                .get(0)
                .getBuffer("token_hash")
                .getBytes();
        assertThat(hash)
                .isEqualTo(
                        MessageDigest.getInstance("SHA-256").digest(api.token().getBytes(StandardCharsets.US_ASCII)));
    }

    private static String securityKey(int webhookId) {
        return Deliveries.query("select security_key from webhooks where id = $1", Tuple.of(webhookId))
                .get(0)
                .getString(0);
    }
}
