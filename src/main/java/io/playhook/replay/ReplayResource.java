package io.playhook.replay;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.problem.Problem;

/** Shows a replay, and cancels it. */
@Path("/v1/replays")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Replays")
public class ReplayResource {

    private final Authentication authentication;
    private final ReplayRepository repository;

    ReplayResource(Authentication authentication, ReplayRepository repository) {
        this.authentication = authentication;
        this.repository = repository;
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{replayId: " + Ids.NUMBER + "}")
    public Uni<ReplayView> get(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int replayId) {
        return authentication.require(Scope.WEBHOOKS_WRITE).chain(caller -> show(caller, replayId));
    }

    @DELETE
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{replayId: " + Ids.NUMBER + "}")
    @Consumes(MediaType.WILDCARD)
    @APIResponse(
            responseCode = "200",
            description = "It opens nothing more; what it has opened goes out. One that had ended is left as it is",
            content = @Content(schema = @Schema(implementation = ReplayView.class)))
    public Uni<ReplayView> cancel(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int replayId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body) {
        return authentication
                .requireWithOptionalBody(Scope.WEBHOOKS_WRITE, body)
                .call(caller -> repository.cancel(caller.organizationId(), replayId))
                .chain(caller -> show(caller, replayId));
    }

    private Uni<ReplayView> show(Caller caller, int replayId) {
        return repository
                .show(caller.organizationId(), replayId)
                .map(found -> found.orElseThrow(() -> Problem.notFound("There is no such replay.")));
    }
}
