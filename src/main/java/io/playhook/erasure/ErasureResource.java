package io.playhook.erasure;

import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.http.Listing;
import io.playhook.platform.http.Listings;

/** Erases the content of events, for the privacy of whoever stands in it. */
@Path("/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Events")
public class ErasureResource {

    private static final int MAX_PLAYER_UUID = 64;

    private final Authentication authentication;
    private final Listings parameters;
    private final Erasures erasures;

    ErasureResource(Authentication authentication, Listings parameters, Erasures erasures) {
        this.authentication = authentication;
        this.parameters = parameters;
        this.erasures = erasures;
    }

    /**
     * The answer to an erasure.
     *
     * @param erased how many events it takes the content of
     */
    @Schema(name = "Erased", requiredProperties = "erased")
    public record Erased(@Schema(minimum = "0") long erased) {}

    @DELETE
    @SecurityRequirement(name = "bearer", scopes = "events:write")
    @Consumes(MediaType.WILDCARD)
    @APIResponse(
            responseCode = "202",
            description =
                    "The content of the player's events goes, at once where there are few; their open deliveries are canceled",
            content = @Content(schema = @Schema(implementation = Erased.class)))
    public Uni<RestResponse<Erased>> erase(
            @Context UriInfo request,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body) {
        return authentication
                .requireWithOptionalBody(Scope.EVENTS_WRITE, body)
                .chain(caller -> erasures.ofPlayer(caller.organizationId(), player(request)))
                .map(events -> RestResponse.status(RestResponse.Status.ACCEPTED, new Erased(events)));
    }

    private String player(UriInfo request) {
        Listing asked = parameters.of("erasure", request);
        Optional<String> player = asked.requiredText("player_uuid", MAX_PLAYER_UUID);
        asked.refuseIfWrong();
        return player.orElseThrow();
    }
}
