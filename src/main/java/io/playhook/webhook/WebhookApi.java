package io.playhook.webhook;

import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Scope;
import io.playhook.platform.http.IfMatch;
import io.playhook.platform.json.RawObject;

/** What both doors of the webhook API, the {@code /v1} paths and the original ones, do behind them. */
@ApplicationScoped
class WebhookApi {

    private final Authentication authentication;
    private final WebhookService service;

    WebhookApi(Authentication authentication, WebhookService service) {
        this.authentication = authentication;
        this.service = service;
    }

    /** The answer to a registration. */
    @Schema(requiredProperties = {"webhook_id", "status"})
    public record Registered(int webhookId, String status) {}

    /** The answer to a deletion. */
    @Schema(requiredProperties = "status")
    public record Deleted(String status) {}

    /** Registers a webhook for the organization in the path, if there is one, or else for the caller's. */
    Uni<Registered> register(byte[] json, Optional<Integer> pathOrganization) {
        RawObject body = RawObject.parse(json);
        return caller(authentication.require(Scope.WEBHOOKS_WRITE, () -> Optional.of(body)), pathOrganization)
                .chain(caller -> service.register(caller.organizationId(), Registration.read(body)))
                .map(webhook -> new Registered(webhook.id, "Successfully registered the webhook"));
    }

    /** Deletes a webhook. A body is not needed; the token may stand in one all the same. */
    Uni<Deleted> delete(int webhookId, byte[] json, Optional<Integer> pathOrganization, String ifMatch) {
        return caller(authentication.requireWithOptionalBody(Scope.WEBHOOKS_WRITE, json), pathOrganization)
                .chain(caller -> service.delete(caller.organizationId(), webhookId, IfMatch.of(ifMatch)))
                .replaceWith(new Deleted("Successfully deleted the webhook"));
    }

    private static Uni<Caller> caller(Uni<Caller> caller, Optional<Integer> pathOrganization) {
        return caller.invoke(known -> pathOrganization.ifPresent(known::mustBelongTo));
    }
}
