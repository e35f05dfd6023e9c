package io.playhook.webhook;

import java.util.Optional;
import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.UriInfo;

import io.playhook.platform.http.ListRequest;
import io.playhook.platform.http.Listing;
import io.playhook.platform.http.Listings;
import io.playhook.platform.http.Rows;

/** The list of an organization's webhooks. */
@ApplicationScoped
public class WebhookList {

    private final Listings listings;
    private final WebhookService service;

    WebhookList(Listings listings, WebhookService service) {
        this.listings = listings;
        this.service = service;
    }

    /** What a request asks for of it, by its query. */
    public ListRequest<WebhookView> asked(int organizationId, UriInfo request) {
        Listing listing = listings.of("webhooks of %d".formatted(organizationId), request);
        Optional<WebhookStatus> status = listing.oneOf("status", WebhookStatus::shown, WebhookStatus.ALL_SHOWN);
        Optional<EventType> event = listing.oneOf("event", EventType::of, EventType.ALL);
        return new ListRequest<>(
                Integer.toString(organizationId),
                listing,
                start -> service.list(organizationId, (int) start.number(0), status, event, start.rows())
                        .map(rows -> Rows.of(rows, Function.identity(), row -> new long[] {row.webhookId()})));
    }
}
