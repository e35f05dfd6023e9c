package io.playhook.delivery.circuit;

import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.webhook.WebhookService;

/** Shows a webhook's circuit, and opens and closes it by hand. */
@Path("/v1/webhooks/{webhookId: " + Ids.NUMBER + "}/circuit")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class CircuitResource {

    private final Authentication authentication;
    private final WebhookService webhooks;
    private final Circuits circuits;
    private final CircuitViewRepository views;

    CircuitResource(
            Authentication authentication, WebhookService webhooks, Circuits circuits, CircuitViewRepository views) {
        this.authentication = authentication;
        this.webhooks = webhooks;
        this.circuits = circuits;
        this.views = views;
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:read")
    public Uni<CircuitView> get(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId) {
        return authentication
                .require(Scope.WEBHOOKS_READ)
                .chain(caller -> mustBeOf(caller, webhookId))
                .chain(() -> views.show(webhookId));
    }

    @PUT
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    public Uni<CircuitView> force(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "WantedCircuit"))) byte[] body) {
        RawObject wanted = RawObject.parse(body);
        return authentication
                .require(Scope.WEBHOOKS_WRITE, () -> Optional.of(wanted))
                .chain(caller -> mustBeOf(caller, webhookId))
                .chain(() -> circuits.force(webhookId, isOpen(wanted)))
                .chain(() -> views.show(webhookId));
    }

    private Uni<Void> mustBeOf(Caller caller, int webhookId) {
        return webhooks.view(caller.organizationId(), webhookId).replaceWithVoid();
    }

    private static boolean isOpen(RawObject wanted) {
        FieldErrors errors = new FieldErrors();
        errors.optionalString(wanted, "auth_token");
        Optional<String> state = errors.requiredString(wanted, "state");
        if (state.isPresent() && !state.get().matches("open|closed")) {
            errors.add("state", "must be open or closed");
        }
        errors.throwIfAny();
        return state.orElseThrow().equals("open");
    }
}
