package io.playhook.organization;

import java.util.Optional;

import io.smallrye.config.ConfigMapping;

/** The admin API. */
@ConfigMapping(prefix = "playhook.admin")
public interface AdminConfig {

    /** The token that guards the admin API; without one the admin API is off and answers 404. */
    Optional<String> token();
}
