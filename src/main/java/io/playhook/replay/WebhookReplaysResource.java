package io.playhook.replay;

import java.util.Optional;
import java.util.function.Function;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
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
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.http.Exports;
import io.playhook.platform.http.ListRequest;
import io.playhook.platform.http.Listings;
import io.playhook.platform.http.Page;
import io.playhook.platform.http.Rows;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.table.TableFormat;
import io.playhook.webhook.WebhookService;

/** Sends windows of time to a webhook again. */
@Path("/v1/webhooks/{webhookId: " + Ids.NUMBER + "}/replays")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Replays")
public class WebhookReplaysResource {

    private final Authentication authentication;
    private final Listings listings;
    private final Exports exports;
    private final WebhookService webhooks;
    private final ReplayRepository repository;
    private final Replays replays;

    WebhookReplaysResource(
            Authentication authentication,
            Listings listings,
            Exports exports,
            WebhookService webhooks,
            ReplayRepository repository,
            Replays replays) {
        this.authentication = authentication;
        this.listings = listings;
        this.exports = exports;
        this.webhooks = webhooks;
        this.repository = repository;
        this.replays = replays;
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    @APIResponse(
            responseCode = "201",
            description = "It runs",
            headers =
                    @Header(
                            name = "Location",
                            required = true,
                            description = "The path of the replay",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = ReplayView.class)))
    public Uni<RestResponse<ReplayView>> begin(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewReplay"))) byte[] body) {
        RawObject request = RawObject.parse(body);
        return authentication
                .require(Scope.WEBHOOKS_WRITE, () -> Optional.of(request))
                .call(caller -> mustBeOf(caller, webhookId))
                .chain(caller -> repository.begin(caller.organizationId(), webhookId, ReplayRequest.read(request)))
                .invoke(replays::wakeUp)
                .map(begun -> ResponseBuilder.create(RestResponse.Status.CREATED, begun)
                        .header("Location", "/v1/replays/" + begun.replayId())
                        .build());
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    public Uni<RestResponse<Page<ReplayView>>> list(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @Context UriInfo request) {
        return requested(webhookId, request).chain(ListRequest::page);
    }

    @GET
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportCsv(@RestPath int webhookId, @Context UriInfo request) {
        return exports.of(TableFormat.CSV, "replays", requested(webhookId, request), ReplayView.COLUMNS);
    }

    @GET
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportXlsx(@RestPath int webhookId, @Context UriInfo request) {
        return exports.of(TableFormat.XLSX, "replays", requested(webhookId, request), ReplayView.COLUMNS);
    }

    private Uni<ListRequest<ReplayView>> requested(int webhookId, UriInfo request) {
        return authentication
                .require(Scope.WEBHOOKS_WRITE)
                .call(caller -> mustBeOf(caller, webhookId))
                .map(caller -> new ListRequest<>(
                        Integer.toString(caller.organizationId()),
                        listings.of("replays of %d".formatted(webhookId), request),
                        start -> repository
                                .list(webhookId, (int) start.number(Integer.MAX_VALUE), start.rows())
                                .map(rows -> Rows.of(rows, Function.identity(), row -> new long[] {row.replayId()}))));
    }

    private Uni<Void> mustBeOf(Caller caller, int webhookId) {
        return webhooks.view(caller.organizationId(), webhookId).replaceWithVoid();
    }
}
