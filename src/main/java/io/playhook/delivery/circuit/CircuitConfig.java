package io.playhook.delivery.circuit;

import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Circuits and the disabling of webhooks that never work. */
@ConfigMapping(prefix = "playhook.circuit")
public interface CircuitConfig {

    /** How long a circuit stays open before the first probe. A longer one delays the recovery of a receiver. */
    @WithDefault("30s")
    Duration hold();

    /** What the hold grows to, doubling with each probe that fails. */
    @WithDefault("10m")
    Duration maxHold();

    /** For how long a probe may be out before another pod sends one; must exceed an attempt's deadline. */
    @WithDefault("45s")
    Duration probeLease();

    /** After how long of nothing but failures a webhook is disabled. */
    @WithDefault("5d")
    Duration disableAfter();

    /** How many failures that takes at least. */
    @WithDefault("20")
    int disableAfterFailures();
}
