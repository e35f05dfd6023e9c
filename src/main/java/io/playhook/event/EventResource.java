package io.playhook.event;

import java.util.List;
import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.TraceParent;

/** Takes events in. */
@Path("/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Events")
public class EventResource {

    private final Authentication authentication;
    private final EventReader reader;
    private final EventService service;

    EventResource(Authentication authentication, EventReader reader, EventService service) {
        this.authentication = authentication;
        this.reader = reader;
        this.service = service;
    }

    /** The answer for an array of events, in its order. */
    @RegisterForReflection // see Published
    @Schema(requiredProperties = "events")
    public record PublishedBatch(List<Published> events) {}

    @POST
    @SecurityRequirement(name = "bearer", scopes = "events:write")
    @APIResponse(
            responseCode = "200",
            description = "Every event was published before, under the same idempotency key; nothing was sent",
            content = @Content(schema = @Schema(oneOf = {Published.class, PublishedBatch.class})))
    @APIResponse(responseCode = "409", ref = "409")
    @APIResponse(
            responseCode = "202",
            description = "The event and all its deliveries are committed",
            content = @Content(schema = @Schema(oneOf = {Published.class, PublishedBatch.class})))
    public Uni<RestResponse<Object>> publish(
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewEvents"))) byte[] body,
            @Parameter(schema = @Schema(type = SchemaType.STRING, maxLength = 256)) @RestHeader("Idempotency-Key")
                    String idempotencyKey,
            @Parameter(description = "W3C trace context; one that is not valid is ignored") @RestHeader("traceparent")
                    String traceParent) {
        return authentication
                .require(Scope.EVENTS_WRITE, () -> EventReader.objectIn(body))
                .chain(caller -> reader.read(body, Optional.ofNullable(idempotencyKey))
                        .chain(read -> service.publish(
                                        caller.organizationId(),
                                        read.submissions(),
                                        read.requestKey(),
                                        TraceParent.isValid(traceParent) ? traceParent : null)
                                .map(published -> answer(read.isArray(), published))));
    }

    private static RestResponse<Object> answer(boolean isArray, List<Published> published) {
        boolean nothingNew = published.stream().allMatch(Published::isDuplicate);
        Object entity = isArray ? new PublishedBatch(published) : published.get(0);
        return RestResponse.status(nothingNew ? RestResponse.Status.OK : RestResponse.Status.ACCEPTED, entity);
    }
}
