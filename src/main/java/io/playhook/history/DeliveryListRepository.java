package io.playhook.history;

import java.util.List;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;

import io.playhook.platform.database.Reads;
import io.playhook.platform.http.Listing;

/**
 * Reads lists of deliveries, the newest first: those that are open out of {@code delivery_queue}, those that are settled out of
 * {@code deliveries}.
 *
 * <p>Each list walks an index that has its order. What no index knows is looked at row by row, but never more than
 * {@value MergedDeliveries#LOOKED_AT} for a page: it may be shorter than asked for then, and the next goes on behind what was
 * looked at. So no filter makes a page dear, however little it lets through.
 */
@ApplicationScoped
class DeliveryListRepository {

    private final Reads reads;

    DeliveryListRepository(Reads reads) {
        this.reads = reads;
    }

    /**
     * A delivery in a list.
     *
     * @param position where it stands there
     */
    record Listed(DeliveryView view, long[] position) {}

    /**
     * What was found.
     *
     * @param end up to where was looked; empty for the end of the list
     */
    record Found(List<Listed> rows, Optional<long[]> end) {}

    /** The deliveries of an organization that a filter lets through, from where a page is to start. */
    Uni<Found> list(int organizationId, DeliveryFilter filter, Listing.Start start) {
        return filter.isOfPlayer()
                ? PlayerDeliveries.list(reads, organizationId, filter, start)
                : MergedDeliveries.list(reads, organizationId, filter, start);
    }
}
