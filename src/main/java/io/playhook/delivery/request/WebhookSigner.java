package io.playhook.delivery.request;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.crypto.Mac;

import io.playhook.webhook.SecurityKey;

/**
 * Signs deliveries as Standard Webhooks says: {@code v1,} and the base64 of the HMAC-SHA256 over
 * {@code id.timestamp.body}, where the body is exactly the bytes that are sent.
 */
final class WebhookSigner {

    private WebhookSigner() {}

    /**
     * The value of {@code webhook-signature}.
     *
     * @param id the value of {@code webhook-id}
     * @param timestamp the value of {@code webhook-timestamp}, in Unix seconds
     */
    static String sign(SecurityKey key, String id, long timestamp, byte[] body) {
        Mac mac = key.hmac();
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.US_ASCII));
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    }
}
