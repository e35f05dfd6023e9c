package io.playhook.platform.secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import jakarta.inject.Singleton;

import io.quarkus.runtime.Startup;

/** The configured keys, by their ids; the service does not start with one that is none. */
@Singleton
@Startup
public class EncryptionKeys {

    private static final int KEY_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();

    public EncryptionKeys(EncryptionConfig config) {
        config.keys().forEach(this::add);
    }

    /** The id of the key that new secrets are sealed with. */
    public String firstId() {
        return keys.keySet().iterator().next();
    }

    /** The key with an id, for AES-256; empty if it is not configured. */
    public Optional<SecretKeySpec> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    /** For HMAC-SHA256, a key drawn from each: the same on all pods, and of no use for anything but this purpose. */
    public List<SecretKeySpec> derive(String purpose) {
        return keys.values().stream().map(key -> derive(key, purpose)).toList();
    }

    private static SecretKeySpec derive(SecretKeySpec key, String purpose) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key.getEncoded(), HMAC));
            return new SecretKeySpec(mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8)), HMAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has " + HMAC, e);
        }
    }

    private void add(String configured) {
        String[] parts = configured.split(":", 2);
        byte[] key = parts.length == 2 ? decode(parts[1]) : new byte[0];
        if (key.length != KEY_BYTES || parts[0].isBlank()) {
            // The value itself stays out of the message: it may be a key with a typing error.
            throw new IllegalArgumentException("PLAYHOOK_ENCRYPTION_KEYS: each key reads id:base64 of 32 bytes");
        }
        keys.put(parts[0].strip(), new SecretKeySpec(key, "AES"));
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }
}
