package io.playhook.webhook;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import jakarta.inject.Singleton;

import io.playhook.platform.secret.EncryptionKeys;

/**
 * Seals security keys for the database with AES-256-GCM. A sealed key reads {@code keyId:base64(nonce, ciphertext, tag)};
 * it is bound to its organization, so that a row copied to another organization does not open.
 */
@Singleton
class SecurityKeyVault {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final EncryptionKeys keys;
    private final SecureRandom random = new SecureRandom();

    SecurityKeyVault(EncryptionKeys keys) {
        this.keys = keys;
    }

    /** Seals with the first key. */
    String seal(SecurityKey key, int organizationId) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] plain = key.reveal().getBytes(StandardCharsets.UTF_8);
        byte[] sealed =
                crypt(Cipher.ENCRYPT_MODE, keys.find(keys.firstId()).orElseThrow(), nonce, organizationId, plain);
        byte[] both = ByteBuffer.allocate(nonce.length + sealed.length)
                .put(nonce)
                .put(sealed)
                .array();
        return keys.firstId() + ":" + Base64.getEncoder().encodeToString(both);
    }

    /** Opens with whichever key sealed it; throws {@link IllegalStateException} if that key is not configured. */
    SecurityKey open(String sealed, int organizationId) {
        int colon = sealed.indexOf(':');
        String keyId = sealed.substring(0, colon);
        SecretKeySpec key = keys.find(keyId)
                .orElseThrow(
                        () -> new IllegalStateException("PLAYHOOK_ENCRYPTION_KEYS lacks the key with the id " + keyId));
        ByteBuffer both = ByteBuffer.wrap(Base64.getDecoder().decode(sealed.substring(colon + 1)));
        byte[] nonce = new byte[NONCE_BYTES];
        both.get(nonce);
        byte[] rest = new byte[both.remaining()];
        both.get(rest);
        return SecurityKey.of(
                new String(crypt(Cipher.DECRYPT_MODE, key, nonce, organizationId, rest), StandardCharsets.UTF_8));
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
