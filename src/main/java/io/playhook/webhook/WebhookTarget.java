package io.playhook.webhook;

import io.playhook.egress.TargetUrl;

/**
 * All that sending to a webhook takes, as it stood at one version of the webhook.
 *
 * @param version grows with every change of the webhook
 */
public record WebhookTarget(
        int id, int organizationId, int version, TargetUrl url, SecurityKey securityKey, Settings settings) {}
