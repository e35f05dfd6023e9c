package io.playhook.page;

import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The page for people. */
@ConfigMapping(prefix = "playhook.page")
public interface PageConfig {

    /** For how long who signs in stays so. */
    @WithDefault("12h")
    Duration session();

    /** How many times a minute an address may show a token that is not valid. */
    @WithDefault("20")
    int wrongTokens();
}
