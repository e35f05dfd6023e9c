package io.playhook.event;

import java.nio.charset.StandardCharsets;
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
import io.playhook.platform.RawObject;
import io.playhook.platform.RawObject.Elements;
import io.playhook.platform.TraceParent;

/** Takes events in. */
@Path("/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Events")
public class EventResource {

    static final int MAX_BATCH_BYTES = 8 * 1024 * 1024;

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
        EventReader.refuseOver(MAX_BATCH_BYTES, body == null ? 0 : body.length);
        return authentication
                .require(Scope.EVENTS_WRITE, () -> bodyWithToken(body))
                .chain(caller -> reader.read(body, Optional.ofNullable(idempotencyKey))
                        .chain(read -> service.publish(
                                        caller.organizationId(),
                                        read.submissions(),
                                        read.requestKey(),
                                        TraceParent.isValid(traceParent) ? traceParent : null)
                                .map(published -> answer(read.isArray(), published))));
    }

    // Asked for where the token stands nowhere else. Whoever has none must not get megabytes parsed: only an object can
    // hold a token, and an object is an event.
    private static Optional<RawObject> bodyWithToken(byte[] body) {
        if (body != null && body.length > EventReader.MAX_EVENT_BYTES) {
            if (new String(body, 0, 64, StandardCharsets.UTF_8).strip().startsWith("{")) {
                EventReader.refuseOver(EventReader.MAX_EVENT_BYTES, body.length);
            }
            return Optional.empty();
        }
        Elements elements = RawObject.parseOneOrMany(body);
        return elements.isArray()
                ? Optional.empty()
                : Optional.of(RawObject.parse(elements.json().get(0)));
    }

    private static RestResponse<Object> answer(boolean isArray, List<Published> published) {
        boolean nothingNew = published.stream().allMatch(Published::isDuplicate);
        Object entity = isArray ? new PublishedBatch(published) : published.get(0);
        return RestResponse.status(nothingNew ? RestResponse.Status.OK : RestResponse.Status.ACCEPTED, entity);
    }
}
