package io.playhook.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;

/** Registers, shows and deletes webhooks. */
@Path("/v1/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class WebhookResource {

    private final WebhookApi api;
    private final WebhookService service;
    private final Authentication authentication;

    WebhookResource(WebhookApi api, WebhookService service, Authentication authentication) {
        this.api = api;
        this.service = service;
        this.authentication = authentication;
    }

    /** A webhook as the API shows it: never its security key. */
    public record WebhookView(
            int webhookId,
            String url,
            List<String> eventSubscriptions,
            @JsonRawValue String settings,
            String status,
            String statusReason,
            Instant createdAt,
            Instant updatedAt) {

        static WebhookView of(Webhook webhook) {
            return new WebhookView(
                    webhook.id,
                    webhook.url,
                    List.of(webhook.eventSubscriptions),
                    webhook.settings,
                    webhook.status.toString(),
                    webhook.statusReason,
                    webhook.createdAt,
                    webhook.updatedAt);
        }
    }

    @POST
    public Uni<RestResponse<WebhookApi.Registered>> register(
            @RequestBody(content = @Content(schema = @Schema(implementation = WebhookApi.RegistrationBody.class)))
                    byte[] body) {
        return api.register(body, Optional.empty()).map(WebhookResource::created);
    }

    @GET
    @Path("/{webhookId}")
    public Uni<WebhookView> get(@RestPath int webhookId) {
        return authentication
                .require(Scope.WEBHOOKS_READ)
                .chain(caller -> service.get(caller.organizationId(), webhookId))
                .map(WebhookView::of);
    }

    @DELETE
    @Path("/{webhookId}")
    @Consumes(MediaType.WILDCARD)
    public Uni<WebhookApi.Deleted> delete(@RestPath int webhookId, @RequestBody byte[] body) {
        return api.delete(webhookId, body, Optional.empty());
    }

    static RestResponse<WebhookApi.Registered> created(WebhookApi.Registered registered) {
        return ResponseBuilder.create(RestResponse.Status.CREATED, registered)
                .location(URI.create("/v1/webhooks/" + registered.webhookId()))
                .build();
    }
}
