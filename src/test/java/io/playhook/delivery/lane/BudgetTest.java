package io.playhook.delivery.lane;

import java.time.Duration;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.DeliveryConfig;

import static org.assertj.core.api.Assertions.assertThat;

class BudgetTest {

    private static final long MEBIBYTE = 1024 * 1024;

    @Test
    void aSmallPodHoldsLittleAndALargeOneNotAllThatItCould() {
        assertThat(Budget.of(config(), 128 * MEBIBYTE)).isEqualTo(new Budget(16 * MEBIBYTE, 2_048));
        assertThat(Budget.of(config(), 4_096 * MEBIBYTE)).isEqualTo(new Budget(64 * MEBIBYTE, 65_536));
    }

    @Test
    void whatIsSetHolds() {
        DeliveryConfig set = config("playhook.delivery.held-bytes", "1000", "playhook.delivery.attempts-at-once", "7");

        assertThat(Budget.of(set, 128 * MEBIBYTE)).isEqualTo(new Budget(1_000, 7));
    }

    private static DeliveryConfig config(String... settings) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withMapping(DeliveryConfig.class)
                .withConverter(Duration.class, 200, new DurationConverter());
        for (int i = 0; i < settings.length; i += 2) {
            builder.withDefaultValue(settings[i], settings[i + 1]);
        }
        return builder.build().getConfigMapping(DeliveryConfig.class);
    }
}
