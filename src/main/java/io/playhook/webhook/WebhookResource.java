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
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;

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
    @Schema(
            requiredProperties = {
                "webhook_id",
                "url",
                "event_subscriptions",
                "settings",
                "status",
                "status_reason",
                "created_at",
                "updated_at"
            })
    public record WebhookView(
            @Schema(minimum = "1") int webhookId,
            String url,
            List<String> eventSubscriptions,
            @JsonRawValue @Schema(ref = "SettingsOrNull") String settings,

            @Schema(enumeration = {"active", "paused", "disabled"})
            String status,

            @Schema(nullable = true) String statusReason,
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
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @APIResponse(
            responseCode = "201",
            description = "Registered",
            headers =
                    @Header(
                            name = "Location",
                            required = true,
                            description = "The path of the new webhook",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = WebhookApi.Registered.class)))
    public Uni<RestResponse<WebhookApi.Registered>> register(
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewWebhook"))) byte[] body) {
        return api.register(body, Optional.empty()).map(WebhookResource::created);
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:read")
    @Path("/{webhookId: " + Ids.NUMBER + "}")
    public Uni<WebhookView> get(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId) {
        return authentication
                .require(Scope.WEBHOOKS_READ)
                .chain(caller -> service.get(caller.organizationId(), webhookId))
                .map(WebhookView::of);
    }

    @DELETE
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}")
    @Consumes(MediaType.WILDCARD)
    public Uni<WebhookApi.Deleted> delete(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body) {
        return api.delete(webhookId, body, Optional.empty());
    }

    static RestResponse<WebhookApi.Registered> created(WebhookApi.Registered registered) {
        return ResponseBuilder.create(RestResponse.Status.CREATED, registered)
                .location(URI.create("/v1/webhooks/" + registered.webhookId()))
                .build();
    }
}
