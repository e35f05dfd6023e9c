package io.playhook.webhook;

/** Makes security keys for tests of other packages. */
public final class SecurityKeys {

    private SecurityKeys() {}

    public static SecurityKey of(String text) {
        return SecurityKey.of(text);
    }
}
