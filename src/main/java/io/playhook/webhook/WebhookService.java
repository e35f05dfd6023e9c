package io.playhook.webhook;

import java.time.InstantSource;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;

import io.playhook.egress.UrlCheck;
import io.playhook.organization.Organizations;
import io.playhook.platform.database.Database;
import io.playhook.platform.problem.Problem;

/** Registers webhooks and ends them. */
@ApplicationScoped
public class WebhookService {

    private final WebhookRepository webhooks;
    private final Organizations organizations;
    private final SecurityKeyVault vault;
    private final UrlCheck urlCheck;
    private final WebhookChanges changes;
    private final Database database;
    private final WebhookConfig config;
    private final InstantSource clock;

    // Registering touches all that a webhook has to do with.
    WebhookService(
            WebhookRepository webhooks,
            Organizations organizations,
            SecurityKeyVault vault,
            UrlCheck urlCheck,
            WebhookChanges changes,
            Database database,
            WebhookConfig config,
            InstantSource clock) {
        this.webhooks = webhooks;
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

    /** The organization's webhook; fails with a 404 {@link Problem}. */
    Uni<Webhook> get(int organizationId, int id) {
        return Panache.withSession(() -> find(organizationId, id));
    }

    /** Deletes a webhook; its open deliveries are canceled by the delivery workers. Fails with a 404 {@link Problem}. */
    Uni<Void> delete(int organizationId, int id) {
        return database.again(() -> Panache.withTransaction(
                        () -> find(organizationId, id).invoke(webhook -> webhook.delete(clock.instant()))))
                .chain(() -> changes.announce(id));
    }

    private Uni<Void> checkUrl(Registration registration) {
        Uni<Optional<String>> objection = registration.url() == null
                ? Uni.createFrom().item(Optional.empty())
                : urlCheck.objection(registration.url());
        return objection
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

    private Uni<Webhook> find(int organizationId, int id) {
        return webhooks.findOf(organizationId, id)
                .onItem()
                .ifNull()
                .failWith(() -> Problem.notFound("There is no such webhook."));
    }
}
