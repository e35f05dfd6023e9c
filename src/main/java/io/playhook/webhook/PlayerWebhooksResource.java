package io.playhook.webhook;

import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** The paths of the original API: another door to the same webhooks. */
@Path("/dashboard/v1/organizations/{organizationId}/webhooks/players")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class PlayerWebhooksResource {

    private final WebhookApi api;

    PlayerWebhooksResource(WebhookApi api) {
        this.api = api;
    }

    @POST
    public Uni<RestResponse<WebhookApi.Registered>> register(
            @RestPath int organizationId,
            @RequestBody(content = @Content(schema = @Schema(implementation = WebhookApi.RegistrationBody.class)))
                    byte[] body) {
        return api.register(body, Optional.of(organizationId)).map(WebhookResource::created);
    }

    @DELETE
    @Path("/{webhookId}")
    @Consumes(MediaType.WILDCARD)
    public Uni<WebhookApi.Deleted> delete(
            @RestPath int organizationId, @RestPath int webhookId, @RequestBody byte[] body) {
        return api.delete(webhookId, body, Optional.of(organizationId));
    }
}
