package io.playhook.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;

import io.quarkus.rest.client.reactive.NotBody;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.rest.client.annotation.ClientHeaderParam;

/**
 * The HTTP API, typed. Every call takes the auth token (or, for {@code admin} calls, the admin token) as its last
 * argument. An answer of 400 or more fails with a {@link jakarta.ws.rs.WebApplicationException}.
 */
@Path("/v1")
@ClientHeaderParam(name = "Authorization", value = "Bearer {token}")
public interface PlayhookClient {

    record NewOrganization(String name, Integer parentId) {}

    record CreatedOrganization(int organizationId, String name, Integer parentId, Instant createdAt) {}

    record NewToken(List<String> scopes, Instant expiresAt) {}

    record IssuedToken(int tokenId, String authToken, List<String> scopes, Instant createdAt, Instant expiresAt) {}

    record NewWebhook(String url, String securityKey, List<String> eventSubscriptions, Map<String, Object> settings) {}

    record RegisteredWebhook(int webhookId, String status) {}

    record DeletedWebhook(String status) {}

    record NewEvent(String type, Map<String, Object> player, Instant occurredAt, String idempotencyKey) {}

    record PublishedEvent(UUID eventId, int deliveries, Boolean duplicate) {}

    /** Creates an organization; with the admin token. */
    @POST
    @Path("/admin/organizations")
    Uni<CreatedOrganization> createOrganization(NewOrganization organization, @NotBody String token);

    /** Makes an auth token of an organization; with the admin token. */
    @POST
    @Path("/admin/organizations/{organizationId}/tokens")
    Uni<IssuedToken> issueToken(
            @PathParam("organizationId") int organizationId, NewToken newToken, @NotBody String token);

    /** Registers a webhook; scope {@code webhooks:write}. */
    @POST
    @Path("/webhooks")
    Uni<RegisteredWebhook> register(NewWebhook webhook, @NotBody String token);

    /** Deletes a webhook; scope {@code webhooks:write}. */
    @DELETE
    @Path("/webhooks/{webhookId}")
    Uni<DeletedWebhook> delete(@PathParam("webhookId") int webhookId, @NotBody String token);

    /** Publishes an event; scope {@code events:write}. */
    @POST
    @Path("/events")
    Uni<PublishedEvent> publish(NewEvent event, @NotBody String token);
}
