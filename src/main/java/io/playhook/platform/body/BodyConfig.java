package io.playhook.platform.body;

import java.time.Duration;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How much of requests' bodies is taken in. */
@ConfigMapping(prefix = "playhook.bodies")
public interface BodyConfig {

    /**
     * How many bytes of bodies may be in flight: from their arrival until their requests are answered. An eighth of the heap
     * where it is not set; it takes about three times as much memory. A larger one takes more large arrays at once.
     */
    Optional<MemorySize> inFlight();

    /** For how long a body may arrive. A longer time helps senders on slow lines. */
    @WithDefault("60s")
    Duration timeout();
}
