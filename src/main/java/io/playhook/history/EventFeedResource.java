package io.playhook.history;

import java.util.Optional;
import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.history.EventFeedRepository.Filter;
import io.playhook.history.EventFeedRepository.Found;
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
import io.playhook.webhook.EventType;

/** The feed of events, for whoever catches up by asking; and one event with its deliveries. */
@Path("/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Events")
public class EventFeedResource {

    private final Authentication authentication;
    private final Listings listings;
    private final Exports exports;
    private final EventFeedRepository feed;

    EventFeedResource(Authentication authentication, Listings listings, Exports exports, EventFeedRepository feed) {
        this.authentication = authentication;
        this.listings = listings;
        this.exports = exports;
        this.feed = feed;
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "events:read")
    public Uni<RestResponse<Page<EventView>>> list(@Context UriInfo request) {
        return requested(request).chain(ListRequest::page);
    }

    @GET
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportCsv(@Context UriInfo request) {
        return exports.of(TableFormat.CSV, "events", requested(request), EventView.COLUMNS);
    }

    @GET
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportXlsx(@Context UriInfo request) {
        return exports.of(TableFormat.XLSX, "events", requested(request), EventView.COLUMNS);
    }

    private Uni<ListRequest<EventView>> requested(UriInfo request) {
        return authentication.require(Scope.EVENTS_READ).map(caller -> requested(caller.organizationId(), request));
    }

    private ListRequest<EventView> requested(int organizationId, UriInfo request) {
        Listing listing = listings.of("events of %d".formatted(organizationId), request);
        Filter filter = new Filter(
                listing.oneOf("type", EventType::of, EventType.ALL),
                listing.text("player_uuid", DeliveryFilter.MAX_PLAYER_UUID),
                listing.time("since"),
                listing.time("until"));
        return new ListRequest<>(
                Integer.toString(organizationId),
                listing,
                start -> position(start, filter)
                        .chain(after -> feed.list(organizationId, filter, after, start.rows()))
                        .map(EventFeedResource::rows));
    }

    private Uni<FeedPosition> position(Listing.Start start, Filter filter) {
        if (start.after().isEmpty()) {
            return feed.start(filter.since());
        }
        FeedPosition position = FeedPosition.of(start.after().get());
        return feed.isGood(position).map(good -> {
            if (!good) {
                throw Problem.badRequest("after: the cursor is too old: events behind it are not kept any more. Begin"
                        + " without one, and look for what may have been missed elsewhere.");
            }
            return position;
        });
    }

    // There is always a next: whoever has come to the end asks again with it later.
    private static Rows<EventView> rows(Found found) {
        return Rows.of(
                found.rows(),
                EventFeedRepository.Listed::view,
                listed -> listed.position().toSeal(),
                Optional.of(found.end().toSeal()),
                !found.isUpToDate());
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "events:read")
    @Path("/{eventId: " + Ids.UUID_FORM + "}")
    public Uni<EventView> get(@Parameter(schema = @Schema(ref = "Uuid")) @RestPath String eventId) {
        return authentication
                .require(Scope.EVENTS_READ)
                .chain(caller -> feed.show(caller.organizationId(), UUID.fromString(eventId)))
                .map(found -> found.orElseThrow(() -> Problem.notFound("There is no such event.")));
    }
}
