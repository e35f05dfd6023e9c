package io.playhook.webhook;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import jakarta.inject.Singleton;

import io.quarkus.runtime.Startup;

/**
 * Seals security keys for the database with AES-256-GCM. A sealed key reads {@code keyId:base64(nonce, ciphertext, tag)};
 * it is bound to its organization, so that a row copied to another organization does not open.
 */
@Singleton
@Startup
class SecurityKeyVault {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
    private final String sealingKeyId;
    private final SecureRandom random = new SecureRandom();

    SecurityKeyVault(EncryptionConfig config) {
        config.keys().forEach(this::add);
        sealingKeyId = keys.keySet().iterator().next();
    }

    /** Seals with the first key. */
    String seal(SecurityKey key, int organizationId) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] plain = key.reveal().getBytes(StandardCharsets.UTF_8);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, keys.get(sealingKeyId), nonce, organizationId, plain);
        byte[] both = ByteBuffer.allocate(nonce.length + sealed.length)
                .put(nonce)
                .put(sealed)
                .array();
        return sealingKeyId + ":" + Base64.getEncoder().encodeToString(both);
    }

    /** Opens with whichever key sealed it; throws {@link IllegalStateException} if that key is not configured. */
    SecurityKey open(String sealed, int organizationId) {
        int colon = sealed.indexOf(':');
        String keyId = sealed.substring(0, colon);
        SecretKeySpec key = keys.get(keyId);
        if (key == null) {
            throw new IllegalStateException("PLAYHOOK_ENCRYPTION_KEYS lacks the key with the id " + keyId);
        }
        ByteBuffer both = ByteBuffer.wrap(Base64.getDecoder().decode(sealed.substring(colon + 1)));
        byte[] nonce = new byte[NONCE_BYTES];
        both.get(nonce);
        byte[] rest = new byte[both.remaining()];
        both.get(rest);
        return SecurityKey.of(
                new String(crypt(Cipher.DECRYPT_MODE, key, nonce, organizationId, rest), StandardCharsets.UTF_8));
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

    private static byte[] crypt(int mode, SecretKeySpec key, byte[] nonce, int organizationId, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(
                    ByteBuffer.allocate(Integer.BYTES).putInt(organizationId).array());
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A security key can't be sealed or opened", e);
        }
    }
}
