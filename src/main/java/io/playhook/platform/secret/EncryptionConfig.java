package io.playhook.platform.secret;

import java.util.List;

import io.smallrye.config.ConfigMapping;

/** How secrets are kept. */
@ConfigMapping(prefix = "playhook.encryption")
public interface EncryptionConfig {

    /**
     * The keys, each {@code id:base64 of 32 bytes}. The first encrypts, all decrypt: put a new key first and keep the
     * old ones as long as anything is sealed with them. There is no default: without a key the service does not start.
     */
    List<String> keys();
}
