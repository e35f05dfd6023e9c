package io.playhook.platform.http;

import jakarta.inject.Singleton;
import jakarta.ws.rs.core.UriInfo;

/** Reads requests for lists. */
@Singleton
public class Listings {

    private final Cursors cursors;

    public Listings(Cursors cursors) {
        this.cursors = cursors;
    }

    /**
     * Begins to read a request for a page of a list.
     *
     * @param list its name, with whose list it is: cursors of one are of no use for another
     */
    public Listing of(String list, UriInfo request) {
        return new Listing(cursors, list, request);
    }
}
