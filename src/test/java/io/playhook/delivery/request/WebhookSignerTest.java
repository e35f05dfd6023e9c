package io.playhook.delivery.request;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import com.standardwebhooks.Webhook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.webhook.SecurityKeys;

import static org.assertj.core.api.Assertions.assertThat;

class WebhookSignerTest {

    @Test
    void agreesWithTheVectorOfTheSpecification() {
        String signature = WebhookSigner.sign(
                List.of(SecurityKeys.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1614265330,
                "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));
        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secure-token",
                "k",
                "a key with spaces",
                "whsec_c2VjcmV0",
                "whsec_c2VjcmU",
                "WHSEC_upper",
                "~!@#$%^&*()"
            })
    void isAcceptedByTheOfficialVerifier(String key) throws Exception {
        String body = "{\"player\":{\"name\":\"\u00e9\ud83d\ude00\"}}";
        long now = Instant.now().getEpochSecond();
        String signature =
                WebhookSigner.sign(List.of(SecurityKeys.of(key)), "evt", now, body.getBytes(StandardCharsets.UTF_8));
        HttpHeaders headers = HttpHeaders.of(
                Map.of(
                        "webhook-id", List.of("evt"),
                        "webhook-timestamp", List.of(Long.toString(now)),
                        "webhook-signature", List.of(signature)),
                (name, value) -> true);
        String secret = key.startsWith("whsec_")
                ? key
                : Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
        new Webhook(secret).verify(body, headers);
    }
}
