package io.playhook.retention;

import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;

/** How long things are kept. */
@ConfigMapping(prefix = "playhook")
public interface RetentionConfig {

    /**
     * How long events, deliveries and attempts are kept at least, a day or more; what is not settled yet is kept until it is. A
     * longer time takes disk, and costs deliveries nothing.
     */
    @WithName("retention")
    @WithDefault("30d")
    Duration retention();
}
