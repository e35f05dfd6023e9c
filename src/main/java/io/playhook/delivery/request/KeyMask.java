package io.playhook.delivery.request;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

import io.playhook.webhook.SecurityKey;
import io.playhook.webhook.WebhookTarget;

/**
 * Keeps a webhook's security key out of what its receiver answered: some send back what they got, and more people may read an
 * answer than may know the key. Found as it is, and as JSON and forms spell it.
 */
final class KeyMask {

    static final String MASK = "***";

    /** A shorter key would be found in words that have nothing to do with it. */
    private static final int SHORTEST_TO_LOOK_FOR = 8;

    private KeyMask() {}

    /** An answer's body, of which only the beginning may have been kept. */
    static byte[] mask(byte[] body, WebhookTarget target) {
        if (body.length == 0 || !isSent(target)) {
            return body;
        }
        // A charset in which every byte is a character: what is cut off in the middle of one stays as it is.
        String text = new String(body, StandardCharsets.ISO_8859_1);
        String masked = mask(text, target);
        return masked.equals(text) ? body : masked.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The same for a text, such as a header's value. */
    static String mask(String text, WebhookTarget target) {
        if (!isSent(target)) {
            return text;
        }
        String masked = text;
        for (String spelling : spellings(target.securityKey())) {
            masked = masked.replace(spelling, MASK);
            masked = withoutBeginningAtTheEnd(masked, spelling);
        }
        return masked;
    }

    private static boolean isSent(WebhookTarget target) {
        return target.settings().sendSecurityKey()
                && target.securityKey().reveal().length() >= SHORTEST_TO_LOOK_FOR;
    }

    private static Set<String> spellings(SecurityKey key) {
        String text = key.reveal();
        String json = text.replace("\\", "\\\\").replace("\"", "\\\"");
        Set<String> spellings = new LinkedHashSet<>();
        spellings.add(text);
        spellings.add(json);
        spellings.add(json.replace("/", "\\/"));
        spellings.add(URLEncoder.encode(text, StandardCharsets.US_ASCII));
        return spellings;
    }

    // Where what was kept of an answer ends within the key.
    private static String withoutBeginningAtTheEnd(String text, String key) {
        for (int length = Math.min(key.length() - 1, text.length()); length >= SHORTEST_TO_LOOK_FOR; length--) {
            if (text.regionMatches(text.length() - length, key, 0, length)) {
                return text.substring(0, text.length() - length) + MASK;
            }
        }
        return text;
    }
}
