package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
import io.playhook.platform.FieldErrors;
import io.playhook.platform.Problem;
import io.playhook.platform.RawObject;
import io.playhook.platform.RawObject.Elements;
import io.playhook.platform.TraceParent;

/** Takes events in. */
@Path("/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Events")
public class EventResource {

    static final int MAX_EVENTS = 1_000;
    static final int MAX_EVENT_BYTES = 256 * 1024;
    static final int MAX_BATCH_BYTES = 8 * 1024 * 1024;

    private final Authentication authentication;
    private final EventService service;

    EventResource(Authentication authentication, EventService service) {
        this.authentication = authentication;
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
        refuseOver(MAX_BATCH_BYTES, body == null ? 0 : body.length);
        return authentication
                .require(Scope.EVENTS_WRITE, () -> bodyWithToken(body))
                .chain(caller -> publish(
                        caller.organizationId(),
                        RawObject.parseOneOrMany(body),
                        Optional.ofNullable(idempotencyKey),
                        TraceParent.isValid(traceParent) ? traceParent : null));
    }

    private Uni<RestResponse<Object>> publish(
            int organizationId, Elements elements, Optional<String> keyFromHeader, String traceParent) {
        List<Submission> submissions = submissions(elements, keyFromHeader);
        return service.publish(
                        organizationId,
                        submissions,
                        keyFromHeader.map(key -> RequestKey.of(key, elements.isArray(), submissions)),
                        traceParent)
                .map(published -> answer(elements, published));
    }

    // Asked for where the token stands nowhere else. Whoever has none must not get megabytes parsed: only an object can
    // hold a
    // token, and an object is an event.
    private static Optional<RawObject> bodyWithToken(byte[] body) {
        if (body != null && body.length > MAX_EVENT_BYTES) {
            if (new String(body, 0, 64, StandardCharsets.UTF_8).strip().startsWith("{")) {
                refuseOver(MAX_EVENT_BYTES, body.length);
            }
            return Optional.empty();
        }
        Elements elements = RawObject.parseOneOrMany(body);
        return elements.isArray()
                ? Optional.empty()
                : Optional.of(RawObject.parse(elements.json().get(0)));
    }

    private static List<Submission> submissions(Elements elements, Optional<String> keyFromHeader) {
        refuseCount(elements);
        FieldErrors errors = new FieldErrors();
        keyFromHeader.ifPresent(key -> Submission.checkKey("Idempotency-Key", key, errors));
        List<Submission> submissions = new ArrayList<>(elements.json().size());
        for (int i = 0; i < elements.json().size(); i++) {
            String json = elements.json().get(i);
            refuseOver(MAX_EVENT_BYTES, utf8Length(json));
            submissions.add(submission(elements, i, json, keyFromHeader, errors));
        }
        errors.throwIfAny();
        return submissions;
    }

    private static Submission submission(
            Elements elements, int index, String json, Optional<String> keyFromHeader, FieldErrors errors) {
        if (!elements.isArray()) {
            return Submission.read(RawObject.parse(json), keyFromHeader, errors);
        }
        if (!json.startsWith("{")) {
            errors.add("[%d]".formatted(index), "must be an object");
            return null;
        }
        FieldErrors inElement = new FieldErrors();
        Optional<String> key = keyFromHeader.map(header -> RequestKey.ofElement(header, index));
        Submission submission = Submission.read(RawObject.parse(json), key, inElement);
        errors.addAll("[%d]".formatted(index), inElement);
        return submission;
    }

    private static void refuseCount(Elements elements) {
        int count = elements.json().size();
        if (count == 0 || count > MAX_EVENTS) {
            throw Problem.badRequest("An array must hold from 1 to %d events, not %d.".formatted(MAX_EVENTS, count));
        }
    }

    private static void refuseOver(int limit, int bytes) {
        if (bytes > limit) {
            String what = limit == MAX_EVENT_BYTES ? "An event" : "The body";
            throw Problem.tooLarge("%s may have at most %d bytes.".formatted(what, limit));
        }
    }

    private static int utf8Length(String json) {
        // Most events are far from the limit, and no character takes more than three bytes for each char.
        return json.length() * 3 <= MAX_EVENT_BYTES ? json.length() : json.getBytes(StandardCharsets.UTF_8).length;
    }

    private static RestResponse<Object> answer(Elements elements, List<Published> published) {
        boolean nothingNew = published.stream().allMatch(Published::isDuplicate);
        Object entity = elements.isArray() ? new PublishedBatch(published) : published.get(0);
        return RestResponse.status(nothingNew ? RestResponse.Status.OK : RestResponse.Status.ACCEPTED, entity);
    }
}
