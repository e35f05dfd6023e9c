package io.playhook.platform.http;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Rows of a list that were found, as many as were asked for or fewer.
 *
 * @param positions what each is found by again
 * @param end the position up to which was looked; empty for the end of the list
 * @param more whether there may be more although these are fewer than were asked for
 */
public record Rows<T>(List<T> items, List<long[]> positions, Optional<long[]> end, boolean more) {

    /** Of a list that ends where there are fewer than were asked for. */
    public static <R, T> Rows<T> of(List<R> rows, Function<R, T> item, Function<R, long[]> position) {
        return of(rows, item, position, Optional.empty(), false);
    }

    /** Of a list that may stop anywhere. */
    public static <R, T> Rows<T> of(
            List<R> rows, Function<R, T> item, Function<R, long[]> position, Optional<long[]> end, boolean more) {
        return new Rows<>(
                rows.stream().map(item).toList(), rows.stream().map(position).toList(), end, more);
    }
}
