package io.playhook.webhook;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.jboss.logging.Logger;

import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.webhook.WebhookRepository.Sendable;

/** What the delivery side may ask and do of webhooks. */
@ApplicationScoped
public class WebhookTargets {

    private static final Logger LOG = Logger.getLogger(WebhookTargets.class);

    private final WebhookRepository webhooks;
    private final SecurityKeyVault vault;
    private final WebhookChanges changes;

    WebhookTargets(WebhookRepository webhooks, SecurityKeyVault vault, WebhookChanges changes) {
        this.webhooks = webhooks;
        this.vault = vault;
        this.changes = changes;
    }

    /** The targets of these webhooks by id, without those that are deleted or whose secret can't be opened. */
    public Uni<Map<Integer, WebhookTarget>> load(Collection<Integer> webhookIds) {
        return webhooks.findSendable(webhookIds)
                .map(rows -> rows.stream()
                        .flatMap(row -> target(row).stream())
                        .collect(Collectors.toMap(WebhookTarget::id, Function.identity())));
    }

    /** The target of one webhook; fails where it is deleted or its secret can't be opened. */
    public Uni<WebhookTarget> load(int webhookId) {
        return load(List.of(webhookId))
                .map(found -> Optional.ofNullable(found.get(webhookId))
                        .orElseThrow(
                                () -> new IllegalStateException("Webhook %d can't be sent to".formatted(webhookId))));
    }

    /** Disables a webhook, for a reason that its owner reads, and tells all pods. */
    public Uni<Void> disable(int webhookId, String reason, Instant now) {
        return webhooks.disable(webhookId, reason, now).chain(() -> changes.announce(webhookId));
    }

    private Optional<WebhookTarget> target(Sendable row) {
        try {
            return Optional.of(new WebhookTarget(
                    row.id(),
                    row.organizationId(),
                    row.version(),
                    TargetUrl.parse(row.url()),
                    vault.open(row.sealedSecurityKey(), row.organizationId()),
                    row.formerKeys().stream()
                            .map(former -> open(former, row.organizationId()))
                            .toList(),
                    SettingsReader.read(row.settings())));
        } catch (InvalidTargetUrl | IllegalStateException e) {
            LOG.errorf("Webhook %d can't be sent to: %s", row.id(), e.getMessage());
            return Optional.empty();
        }
    }

    private FormerKey open(FormerKey.Sealed former, int organizationId) {
        return new FormerKey(vault.open(former.sealedKey(), organizationId), former.endsAt());
    }
}
