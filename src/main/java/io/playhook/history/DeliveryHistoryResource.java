package io.playhook.history;

import java.util.UUID;

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

import io.playhook.delivery.queue.RetryStore;
import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.http.Exports;
import io.playhook.platform.http.ListRequest;
import io.playhook.platform.http.Listing;
import io.playhook.platform.http.Listings;
import io.playhook.platform.http.Page;
import io.playhook.platform.http.Rows;
import io.playhook.platform.problem.Problem;
import io.playhook.platform.table.TableFormat;

/** Shows deliveries, and has one go out again. */
@Path("/v1/deliveries")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Deliveries")
public class DeliveryHistoryResource {

    private final Authentication authentication;
    private final Listings listings;
    private final Exports exports;
    private final DeliveryListRepository list;
    private final DeliveryDetailRepository details;
    private final RetryStore retries;

    DeliveryHistoryResource(
            Authentication authentication,
            Listings listings,
            Exports exports,
            DeliveryListRepository list,
            DeliveryDetailRepository details,
            RetryStore retries) {
        this.authentication = authentication;
        this.listings = listings;
        this.exports = exports;
        this.list = list;
        this.details = details;
        this.retries = retries;
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "events:read")
    public Uni<RestResponse<Page<DeliveryView>>> list(@Context UriInfo request) {
        return requested(request).chain(ListRequest::page);
    }

    @GET
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportCsv(@Context UriInfo request) {
        return exports.of(TableFormat.CSV, "deliveries", requested(request), DeliveryView.COLUMNS);
    }

    @GET
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportXlsx(@Context UriInfo request) {
        return exports.of(TableFormat.XLSX, "deliveries", requested(request), DeliveryView.COLUMNS);
    }

    private Uni<ListRequest<DeliveryView>> requested(UriInfo request) {
        return authentication.require(Scope.EVENTS_READ).map(caller -> requested(caller.organizationId(), request));
    }

    private ListRequest<DeliveryView> requested(int organizationId, UriInfo request) {
        Listing listing = listings.of("deliveries of %d".formatted(organizationId), request);
        DeliveryFilter filter = DeliveryFilter.read(listing);
        return new ListRequest<>(
                Integer.toString(organizationId),
                listing,
                start -> list.list(organizationId, filter, start)
                        .map(found -> Rows.of(
                                found.rows(),
                                DeliveryListRepository.Listed::view,
                                DeliveryListRepository.Listed::position,
                                found.end(),
                                found.end().isPresent())));
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "events:read")
    @Path("/{deliveryId: " + Ids.UUID_FORM + "}")
    public Uni<DeliveryView> get(@Parameter(schema = @Schema(ref = "Uuid")) @RestPath String deliveryId) {
        return authentication
                .require(Scope.EVENTS_READ)
                .chain(caller ->
                        find(caller.organizationId(), deliveryId).chain(key -> show(caller.organizationId(), key)));
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "events:write")
    @Path("/{deliveryId: " + Ids.UUID_FORM + "}/retry")
    @Consumes(MediaType.WILDCARD)
    @APIResponse(
            responseCode = "202",
            description = "It goes out as soon as its webhook may get it",
            content = @Content(schema = @Schema(implementation = DeliveryView.class)))
    public Uni<RestResponse<DeliveryView>> retry(
            @Parameter(schema = @Schema(ref = "Uuid")) @RestPath String deliveryId,
            @RequestBody(
                            required = false,
                            content = @Content(mediaType = "application/json", schema = @Schema(ref = "TokenBody")))
                    byte[] body) {
        return authentication
                .requireWithOptionalBody(Scope.EVENTS_WRITE, body)
                .chain(caller -> find(caller.organizationId(), deliveryId)
                        // An id that was made up may name somebody else's webhook: first it must be a delivery.
                        .call(key -> show(caller.organizationId(), key))
                        .call(key -> retries.retry(key.eventId(), key.webhookId()))
                        .chain(key -> show(caller.organizationId(), key)))
                .map(shown -> RestResponse.status(RestResponse.Status.ACCEPTED, shown));
    }

    private Uni<DeliveryDetailRepository.Key> find(int organizationId, String deliveryId) {
        return details.find(organizationId, UUID.fromString(deliveryId))
                .map(found -> found.orElseThrow(DeliveryHistoryResource::unknown));
    }

    // What it stands for may be no delivery: another webhook's number, or one that lost its row meanwhile.
    private Uni<DeliveryView> show(int organizationId, DeliveryDetailRepository.Key key) {
        return details.show(organizationId, key).map(found -> found.orElseThrow(DeliveryHistoryResource::unknown));
    }

    private static Problem unknown() {
        return Problem.notFound("There is no such delivery.");
    }
}
