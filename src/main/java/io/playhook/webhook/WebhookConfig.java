package io.playhook.webhook;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Registration of webhooks. */
@ConfigMapping(prefix = "playhook.webhook")
public interface WebhookConfig {

    /**
     * How many webhooks an organization may have. Every publish looks at all webhooks of its organization, so a larger
     * number makes the publishing of those who use it slower.
     */
    @WithDefault("10000")
    long maxPerOrganization();
}
