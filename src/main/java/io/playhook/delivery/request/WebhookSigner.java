package io.playhook.delivery.request;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;

import io.playhook.webhook.SecurityKey;

/**
 * Signs deliveries as Standard Webhooks says: {@code v1,} and the base64 of the HMAC-SHA256 over
 * {@code id.timestamp.body}, where the body is exactly the bytes that are sent.
 */
final class WebhookSigner {

    private WebhookSigner() {}

    /**
     * The value of {@code webhook-signature}: a signature for each key, with spaces between them.
     *
     * @param keys one, or several while they are being replaced
     * @param id the value of {@code webhook-id}
     * @param timestamp the value of {@code webhook-timestamp}, in Unix seconds
     */
    static String sign(List<SecurityKey> keys, String id, long timestamp, byte[] body) {
        byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.US_ASCII);
        if (keys.size() == 1) {
            return sign(keys.get(0), head, body);
        }
        return keys.stream().map(key -> sign(key, head, body)).collect(Collectors.joining(" "));
    }

    private static String sign(SecurityKey key, byte[] head, byte[] body) {
        Mac mac = key.hmac();
        mac.update(head);
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    }
}
