package io.playhook.platform.http;

import java.util.function.Function;

import io.smallrye.mutiny.Uni;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * A list that somebody may have, and asks for; its filters are read.
 *
 * @param owner who asks, for what is counted for each
 * @param fetch finds rows from a place on
 */
public record ListRequest<T>(String owner, Listing listing, Function<Listing.Start, Uni<Rows<T>>> fetch) {

    /** The page that was asked for. */
    public Uni<RestResponse<Page<T>>> page() {
        return fetch.apply(listing.start()).map(listing::answer);
    }
}
