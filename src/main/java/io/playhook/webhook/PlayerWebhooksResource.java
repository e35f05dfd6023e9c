package io.playhook.webhook;

import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

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
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.Ids;

/** The paths of the original API: another door to the same webhooks. */
@Path("/dashboard/v1/organizations/{organizationId: " + Ids.NUMBER + "}/webhooks/players")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class PlayerWebhooksResource {

    private final WebhookApi api;

    PlayerWebhooksResource(WebhookApi api) {
        this.api = api;
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
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewWebhook"))) byte[] body) {
        return api.register(body, Optional.of(organizationId)).map(WebhookResource::created);
    }

    @DELETE
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}")
    @Consumes(MediaType.WILDCARD)
    public Uni<WebhookApi.Deleted> delete(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId,
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        return api.delete(webhookId, body, Optional.of(organizationId), ifMatch);
    }
}
