package io.playhook.platform.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import jakarta.inject.Singleton;

import io.playhook.platform.secret.EncryptionKeys;

/**
 * Makes and reads cursors: positions in a list, sealed to that list and its filters with an HMAC, so that a cursor that was
 * altered, or was made for another list, is none. It holds nothing but the position, which is no secret.
 *
 * <p>They last as long as the key that they were sealed with is configured, on all pods.
 */
@Singleton
public class Cursors {

    private static final int SEAL_BYTES = 16;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final List<SecretKeySpec> keys;

    public Cursors(EncryptionKeys keys) {
        this.keys = keys.derive("cursors");
    }

    /**
     * The cursor of a position.
     *
     * @param list what it belongs to: everything that makes this list another than others
     */
    public String seal(String list, long... position) {
        byte[] plain = plain(position);
        byte[] seal = sealOf(keys.get(0), list, plain);
        return ENCODER.encodeToString(ByteBuffer.allocate(plain.length + SEAL_BYTES)
                .put(plain)
                .put(seal)
                .array());
    }

    /** The position; empty if the cursor is none of this list. */
    public Optional<long[]> open(String list, String cursor) {
        byte[] both = decode(cursor);
        int length = both.length - SEAL_BYTES;
        if (length < 0 || length % Long.BYTES != 0) {
            return Optional.empty();
        }
        byte[] plain = Arrays.copyOf(both, length);
        byte[] seal = Arrays.copyOfRange(both, length, both.length);
        boolean isOurs = keys.stream().anyMatch(key -> MessageDigest.isEqual(seal, sealOf(key, list, plain)));
        return isOurs ? Optional.of(position(plain)) : Optional.empty();
    }

    // What a decoder takes for the same may be spelled in several ways, of which one is ours.
    private static byte[] decode(String cursor) {
        try {
            byte[] decoded = Base64.getUrlDecoder().decode(cursor);
            return ENCODER.encodeToString(decoded).equals(cursor) ? decoded : new byte[0];
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }

    private static byte[] plain(long... position) {
        ByteBuffer plain = ByteBuffer.allocate(position.length * Long.BYTES);
        plain.asLongBuffer().put(position);
        return plain.array();
    }

    private static long[] position(byte[] plain) {
        long[] position = new long[plain.length / Long.BYTES];
        ByteBuffer.wrap(plain).asLongBuffer().get(position);
        return position;
    }

    private static byte[] sealOf(SecretKeySpec key, String list, byte[] plain) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            // Of a length that is known, so that no list and position look like another list and position.
            mac.update(plain(plain.length));
            mac.update(plain);
            mac.update(list.getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(mac.doFinal(), SEAL_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has " + key.getAlgorithm(), e);
        }
    }
}
