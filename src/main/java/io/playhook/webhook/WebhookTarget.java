package io.playhook.webhook;

import java.util.List;

import io.playhook.egress.TargetUrl;

/**
 * All that sending to a webhook takes, as it stood at one version of the webhook.
 *
 * @param version grows with every change of the webhook
 * @param formerKeys keys that sign too, each for a while
 */
public record WebhookTarget(
        int id,
        int organizationId,
        int version,
        TargetUrl url,
        SecurityKey securityKey,
        List<FormerKey> formerKeys,
        Settings settings) {}
