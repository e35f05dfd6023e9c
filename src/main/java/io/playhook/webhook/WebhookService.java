package io.playhook.webhook;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;

import io.playhook.egress.TargetUrl;
import io.playhook.egress.UrlCheck;
import io.playhook.organization.Organizations;
import io.playhook.platform.database.Database;
import io.playhook.platform.http.IfMatch;
import io.playhook.platform.problem.Problem;
import io.playhook.webhook.WebhookViewRepository.Shown;

/** Registers webhooks, shows them, changes them and ends them. */
@ApplicationScoped
public class WebhookService {

    /** Each makes a delivery's signature longer. */
    private static final int MAX_FORMER_KEYS = 5;

    private final WebhookRepository webhooks;
    private final WebhookViewRepository views;
    private final Organizations organizations;
    private final SecurityKeyVault vault;
    private final UrlCheck urlCheck;
    private final WebhookChanges changes;
    private final Database database;
    private final WebhookConfig config;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    // Registering touches all that a webhook has to do with.
    WebhookService(
            WebhookRepository webhooks,
            WebhookViewRepository views,
            Organizations organizations,
            SecurityKeyVault vault,
            UrlCheck urlCheck,
            WebhookChanges changes,
            Database database,
            WebhookConfig config,
            InstantSource clock) {
        this.webhooks = webhooks;
        this.views = views;
        this.organizations = organizations;
        this.vault = vault;
        this.urlCheck = urlCheck;
        this.changes = changes;
        this.database = database;
        this.config = config;
        this.clock = clock;
    }

    /** Registers a webhook; fails with a 400 {@link Problem} of all that is wrong, or a 403 at the limit. */
    Uni<Webhook> register(int organizationId, Registration registration) {
        return checkUrl(registration)
                .invoke(() -> registration.errors().throwIfAny())
                .chain(() -> database.again(() -> Panache.withTransaction(() -> insert(organizationId, registration))));
    }

    /** The organization's webhook as it is shown; fails with a 404 {@link Problem}. */
    Uni<Shown> get(int organizationId, int id) {
        return views.find(organizationId, id).map(found -> found.orElseThrow(WebhookService::unknown));
    }

    /** The same, without its version. */
    public Uni<WebhookView> view(int organizationId, int id) {
        return get(organizationId, id).map(Shown::view);
    }

    /** The organization's webhooks in the order of their ids, from behind {@code after}. */
    Uni<List<WebhookView>> list(
            int organizationId, int after, Optional<WebhookStatus> status, Optional<EventType> event, int limit) {
        return views.list(organizationId, after, status, event, limit);
    }

    /** Changes what a webhook was registered with; fails with a 400 {@link Problem} of all that would be wrong then. */
    Uni<Shown> patch(int organizationId, int id, IfMatch version, WebhookPatch patch) {
        return objection(patch.newUrl())
                .chain(objection -> change(organizationId, id, version, webhook -> apply(patch, objection, webhook)));
    }

    /** Has a webhook's deliveries wait. */
    Uni<Shown> pause(int organizationId, int id, IfMatch version) {
        return change(organizationId, id, version, webhook -> webhook.pause(clock.instant()));
    }

    /** Has a webhook's deliveries go out, be it paused or disabled. */
    Uni<Shown> resume(int organizationId, int id, IfMatch version) {
        return change(organizationId, id, version, webhook -> webhook.resume(clock.instant()));
    }

    /**
     * Replaces a webhook's security key.
     *
     * @return the key, if it was made here
     */
    Uni<Rotated> rotateKey(int organizationId, int id, IfMatch version, KeyRotation rotation) {
        SecurityKey key = rotation.key().orElseGet(() -> SecurityKey.generate(random));
        Instant now = clock.instant();
        Instant overlapEnds = now.plus(rotation.overlap()).truncatedTo(ChronoUnit.SECONDS);
        return change(organizationId, id, version, webhook -> {
                    webhook.rotateKey(vault.seal(key, organizationId), overlapEnds, now);
                    checkFormerKeys(webhook);
                    return true;
                })
                .replaceWith(() -> new Rotated(
                        rotation.key().isPresent() ? Optional.empty() : Optional.of(key.reveal()),
                        rotation.overlap().isZero() ? Optional.empty() : Optional.of(overlapEnds)));
    }

    /**
     * What became of a key.
     *
     * @param made the new key, if it was made here
     * @param overlapEnds until when the one before it signs too, if it does
     */
    record Rotated(Optional<String> made, Optional<Instant> overlapEnds) {}

    /** Deletes a webhook; its open deliveries are canceled by the delivery workers. Fails with a 404 {@link Problem}. */
    Uni<Void> delete(int organizationId, int id, IfMatch version) {
        return update(organizationId, id, version, webhook -> {
                    webhook.delete(clock.instant());
                    return true;
                })
                .replaceWithVoid();
    }

    private Uni<Shown> change(int organizationId, int id, IfMatch version, Predicate<Webhook> change) {
        return update(organizationId, id, version, change).chain(() -> get(organizationId, id));
    }

    /**
     * Changes a webhook, and tells all pods.
     *
     * @param change says whether it has changed anything
     */
    private Uni<Boolean> update(int organizationId, int id, IfMatch version, Predicate<Webhook> change) {
        return database.again(() -> Panache.withTransaction(() -> webhooks.findToChange(organizationId, id)
                        .onItem()
                        .ifNull()
                        .failWith(WebhookService::unknown)
                        .invoke(webhook -> version.check(webhook.version))
                        .map(change::test)))
                .call(changed ->
                        changed ? changes.announce(id) : Uni.createFrom().voidItem());
    }

    private boolean apply(WebhookPatch patch, Optional<String> objection, Webhook webhook) {
        Registration registration = patch.appliedTo(webhook);
        objection.ifPresent(why -> registration.errors().add("url", why));
        registration.errors().throwIfAny();
        boolean changed = webhook.become(
                registration.url().toString(), registration.eventSubscriptions(), registration.settings());
        if (patch.hasSecurityKey()) {
            webhook.replaceKey(vault.seal(registration.securityKey(), webhook.organizationId));
            changed = true;
        }
        if (changed) {
            webhook.updatedAt = clock.instant();
        }
        return changed;
    }

    private static void checkFormerKeys(Webhook webhook) {
        if (webhook.formerKeys.length > MAX_FORMER_KEYS) {
            throw Problem.badRequest(
                    "%d former keys sign beside the present one already. An overlap of 0 seconds ends them."
                            .formatted(MAX_FORMER_KEYS));
        }
    }

    private Uni<Void> checkUrl(Registration registration) {
        return objection(Optional.ofNullable(registration.url()))
                .invoke(found -> found.ifPresent(why -> registration.errors().add("url", why)))
                .replaceWithVoid();
    }

    private Uni<Webhook> insert(int organizationId, Registration registration) {
        return organizations
                .lock(organizationId)
                .chain(() -> webhooks.countOf(organizationId))
                .invoke(this::checkLimit)
                .chain(() -> webhooks.persistAndFlush(new Webhook(
                        organizationId,
                        registration.url().toString(),
                        vault.seal(registration.securityKey(), organizationId),
                        registration.eventSubscriptions(),
                        registration.settings(),
                        clock.instant())));
    }

    private void checkLimit(long existing) {
        if (existing >= config.maxPerOrganization()) {
            throw Problem.forbidden("The organization has %d webhooks, and may not have more.".formatted(existing));
        }
    }

    private Uni<Optional<String>> objection(Optional<TargetUrl> url) {
        return url.isPresent()
                ? urlCheck.objection(url.get())
                : Uni.createFrom().item(Optional.empty());
    }

    private static Problem unknown() {
        return Problem.notFound("There is no such webhook.");
    }
}
