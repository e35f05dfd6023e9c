package io.playhook.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.Operation;
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
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.http.Exports;
import io.playhook.platform.http.IfMatch;
import io.playhook.platform.http.ListRequest;
import io.playhook.platform.http.Page;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.table.TableFormat;
import io.playhook.webhook.WebhookViewRepository.Shown;

/** Registers, shows, changes and deletes webhooks. */
@Path("/v1/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class WebhookResource {

    private final WebhookApi api;
    private final WebhookService service;
    private final Authentication authentication;
    private final WebhookList list;
    private final Exports exports;

    WebhookResource(
            WebhookApi api, WebhookService service, Authentication authentication, WebhookList list, Exports exports) {
        this.api = api;
        this.service = service;
        this.authentication = authentication;
        this.list = list;
        this.exports = exports;
    }

    /**
     * The answer to a rotation.
     *
     * @param securityKey the new key, if it was made here: shown this once
     * @param overlapEndsAt until when the key before it signs too; null if it does not
     */
    @Schema(
            name = "RotatedKey",
            requiredProperties = {"webhook_id", "security_key", "overlap_ends_at"})
    public record RotatedKey(
            @Schema(minimum = "1") int webhookId,
            @Schema(nullable = true) String securityKey,
            @Schema(nullable = true) Instant overlapEndsAt) {}

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
    public Uni<RestResponse<Page<WebhookView>>> list(@Context UriInfo request) {
        return requested(request).chain(ListRequest::page);
    }

    @GET
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportCsv(@Context UriInfo request) {
        return exports.of(TableFormat.CSV, "webhooks", requested(request), WebhookView.COLUMNS);
    }

    @GET
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportXlsx(@Context UriInfo request) {
        return exports.of(TableFormat.XLSX, "webhooks", requested(request), WebhookView.COLUMNS);
    }

    private Uni<ListRequest<WebhookView>> requested(UriInfo request) {
        return authentication.require(Scope.WEBHOOKS_READ).map(caller -> list.asked(caller.organizationId(), request));
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:read")
    @Path("/{webhookId: " + Ids.NUMBER + "}")
    @APIResponse(
            responseCode = "200",
            description = "The webhook",
            headers =
                    @Header(
                            name = "ETag",
                            required = true,
                            description = "Its version, for If-Match",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = WebhookView.class)))
    public Uni<RestResponse<WebhookView>> get(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId) {
        return authentication
                .require(Scope.WEBHOOKS_READ)
                .chain(caller -> service.get(caller.organizationId(), webhookId))
                .map(WebhookResource::tagged);
    }

    @PATCH
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}")
    @Consumes({"application/merge-patch+json", MediaType.APPLICATION_JSON})
    @APIResponse(
            responseCode = "200",
            description = "Changed",
            content = @Content(schema = @Schema(implementation = WebhookView.class)))
    public Uni<RestResponse<WebhookView>> patch(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "WebhookPatch"))) byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        RawObject patch = RawObject.parse(body);
        return authentication
                .require(Scope.WEBHOOKS_WRITE, () -> Optional.of(patch))
                .chain(caller ->
                        service.patch(caller.organizationId(), webhookId, IfMatch.of(ifMatch), new WebhookPatch(patch)))
                .map(WebhookResource::tagged);
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
                    byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        return api.delete(webhookId, body, Optional.empty(), ifMatch);
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}/pause")
    @Consumes(MediaType.WILDCARD)
    @APIResponse(
            responseCode = "200",
            description = "Its deliveries wait",
            content = @Content(schema = @Schema(implementation = WebhookView.class)))
    public Uni<RestResponse<WebhookView>> pause(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        return authentication
                .requireWithOptionalBody(Scope.WEBHOOKS_WRITE, body)
                .chain(caller -> service.pause(caller.organizationId(), webhookId, IfMatch.of(ifMatch)))
                .map(WebhookResource::tagged);
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}/resume")
    @Consumes(MediaType.WILDCARD)
    @APIResponse(
            responseCode = "200",
            description = "Its deliveries go out",
            content = @Content(schema = @Schema(implementation = WebhookView.class)))
    public Uni<RestResponse<WebhookView>> resume(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        return authentication
                .requireWithOptionalBody(Scope.WEBHOOKS_WRITE, body)
                .chain(caller -> service.resume(caller.organizationId(), webhookId, IfMatch.of(ifMatch)))
                .map(WebhookResource::tagged);
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @Path("/{webhookId: " + Ids.NUMBER + "}/security_key")
    public Uni<RotatedKey> rotateKey(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewSecurityKey"))) byte[] body,
            @Parameter(schema = @Schema(ref = "EntityTags")) @RestHeader("If-Match") String ifMatch) {
        RawObject request = RawObject.parse(body);
        return authentication
                .require(Scope.WEBHOOKS_WRITE, () -> Optional.of(request))
                .chain(caller -> service.rotateKey(
                        caller.organizationId(), webhookId, IfMatch.of(ifMatch), KeyRotation.read(request)))
                .map(rotated -> new RotatedKey(
                        webhookId,
                        rotated.made().orElse(null),
                        rotated.overlapEnds().orElse(null)));
    }

    private static RestResponse<WebhookView> tagged(Shown shown) {
        return ResponseBuilder.ok(shown.view())
                .header(HttpHeaders.ETAG, IfMatch.tagOf(shown.version()))
                .build();
    }

    static RestResponse<WebhookApi.Registered> created(WebhookApi.Registered registered) {
        return ResponseBuilder.create(RestResponse.Status.CREATED, registered)
                .location(URI.create("/v1/webhooks/" + registered.webhookId()))
                .build();
    }
}
