package io.playhook.webhook;

import java.time.Instant;

/**
 * A security key that was replaced, and signs beside the new one for a while.
 *
 * @param endsAt from when on it does not sign any more
 */
public record FormerKey(SecurityKey key, Instant endsAt) {

    /**
     * The same, sealed for the database; there it reads {@code Unix second, space, sealed key}.
     *
     * @param sealedKey as the {@link SecurityKeyVault} seals it
     */
    record Sealed(String sealedKey, Instant endsAt) {

        static Sealed parse(String text) {
            int space = text.indexOf(' ');
            return new Sealed(
                    text.substring(space + 1), Instant.ofEpochSecond(Long.parseLong(text.substring(0, space))));
        }

        Sealed endingBy(Instant time) {
            return endsAt.isAfter(time) ? new Sealed(sealedKey, time) : this;
        }

        @Override
        public String toString() {
            return endsAt.getEpochSecond() + " " + sealedKey;
        }
    }
}
