package io.playhook.webhook;

import java.util.Optional;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Scope;
import io.playhook.platform.http.IfMatch;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.problem.Problem;

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
        return caller(() -> Optional.of(body), pathOrganization)
                .chain(caller -> service.register(caller.organizationId(), Registration.read(body)))
                .map(webhook -> new Registered(webhook.id, "Successfully registered the webhook"));
    }

    /** Deletes a webhook. A body is not needed; the token may stand in one all the same. */
    Uni<Deleted> delete(int webhookId, byte[] json, Optional<Integer> pathOrganization, String ifMatch) {
        return caller(() -> bodyOf(json), pathOrganization)
                .chain(caller -> service.delete(caller.organizationId(), webhookId, IfMatch.of(ifMatch)))
                .replaceWith(new Deleted("Successfully deleted the webhook"));
    }

    /** The caller of a request that needs no body, and may have one with its token in it. */
    Uni<Caller> caller(byte[] json) {
        return caller(() -> bodyOf(json), Optional.empty());
    }

    private Uni<Caller> caller(Supplier<Optional<RawObject>> body, Optional<Integer> pathOrganization) {
        return authentication
                .require(Scope.WEBHOOKS_WRITE, body)
                .invoke(caller -> pathOrganization.ifPresent(caller::mustBelongTo));
    }

    // Looked into for the token alone: what is no JSON object holds none, and what is wrong with it is nobody's affair.
    private static Optional<RawObject> bodyOf(byte[] json) {
        try {
            return json == null || json.length == 0 ? Optional.empty() : Optional.of(RawObject.parse(json));
        } catch (Problem noObject) {
            return Optional.empty();
        }
    }
}
