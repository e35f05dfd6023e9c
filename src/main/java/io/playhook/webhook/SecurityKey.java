package io.playhook.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that a webhook shares with us. It signs every delivery and, unless the webhook asks otherwise, is sent
 * along. It never shows itself in a log line or a debugger.
 */
public final class SecurityKey {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAX_LENGTH = 256;
    private static final int GENERATED_BYTES = 32;
    private static final String STANDARD_WEBHOOKS_PREFIX = "whsec_";

    private final String text;
    private volatile Mac keyed;

    private SecurityKey(String text) {
        this.text = text;
    }

    /** Wraps a key that was checked when it came in. */
    static SecurityKey of(String text) {
        return new SecurityKey(text);
    }

    /** A new key, for those who bring none: 32 random bytes, as Standard Webhooks spells them. */
    static SecurityKey generate(SecureRandom random) {
        byte[] bytes = new byte[GENERATED_BYTES];
        random.nextBytes(bytes);
        return new SecurityKey(STANDARD_WEBHOOKS_PREFIX + Base64.getEncoder().encodeToString(bytes));
    }

    /**
     * What is wrong with a key; empty if nothing is.
     *
     * <p>Printable means ASCII here, with no space at either end: the key travels in a header, where anything else is
     * changed or refused on the way.
     */
    static Optional<String> objection(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return Optional.of("must have from 1 to %d characters".formatted(MAX_LENGTH));
        }
        if (!text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            return Optional.of("must be made of printable ASCII characters");
        }
        if (!text.strip().equals(text)) {
            return Optional.of("must not begin or end with a space");
        }
        if (text.startsWith(STANDARD_WEBHOOKS_PREFIX) && (decode(text).isEmpty() || !isPadded(text))) {
            return Optional.of(
                    "must go on with base64, padded with =, where it begins with " + STANDARD_WEBHOOKS_PREFIX);
        }
        return Optional.empty();
    }

    /** The key as the subscriber chose it, for the header that carries it. */
    public String reveal() {
        return text;
    }

    /** An HMAC-SHA256 with this key, for one message; the key is prepared once. */
    public Mac hmac() {
        Mac prepared = keyed;
        if (prepared == null) {
            prepared = newHmac();
            keyed = prepared;
        }
        try {
            return (Mac) prepared.clone();
        } catch (CloneNotSupportedException hardware) {
            // Such as a security module, which keeps its keys to itself.
            return newHmac();
        }
    }

    private Mac newHmac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(hmacKey(), ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has " + ALGORITHM, e);
        }
    }

    /** The key of the HMAC: the base64 part of a {@code whsec_…} key, else the UTF-8 bytes (Standard Webhooks). */
    private byte[] hmacKey() {
        return text.startsWith(STANDARD_WEBHOOKS_PREFIX)
                ? decode(text).orElseThrow()
                : text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "SecurityKey[…]";
    }

    // Java's decoder does without the padding, and keys without it are in use; the libraries of some receivers insist
    // on it.
    private static boolean isPadded(String text) {
        return (text.length() - STANDARD_WEBHOOKS_PREFIX.length()) % 4 == 0;
    }

    private static Optional<byte[]> decode(String text) {
        try {
            byte[] key = Base64.getDecoder().decode(text.substring(STANDARD_WEBHOOKS_PREFIX.length()));
            return key.length == 0 ? Optional.empty() : Optional.of(key);
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
