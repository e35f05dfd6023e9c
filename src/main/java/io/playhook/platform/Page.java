package io.playhook.platform;

import java.util.List;
import java.util.function.Function;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.platform.problem.FieldError;
import io.playhook.platform.problem.Problem;

/**
 * One page of a list.
 *
 * @param data the items, in the list's order
 * @param next the cursor to pass as {@code after} for the page behind this one; null on the last
 */
@Schema(requiredProperties = {"data", "next"})
public record Page<T>(List<T> data, @Schema(nullable = true) String next) {

    /** How many items a page has unless the caller says otherwise, and at most. */
    public static final int DEFAULT_LIMIT = 50;

    public static final int MAX_LIMIT = 250;

    /** Makes a page of rows of which one more was fetched than asked for, to know whether there is more. */
    public static <R, T> Page<T> of(
            List<R> rowsAndOneMore, int limit, Function<R, T> mapper, Function<R, Integer> position) {
        boolean more = rowsAndOneMore.size() > limit;
        List<R> rows = more ? rowsAndOneMore.subList(0, limit) : rowsAndOneMore;
        String next = more ? Cursor.encode(position.apply(rows.get(limit - 1))) : null;
        return new Page<>(rows.stream().map(mapper).toList(), next);
    }

    /** The answer that holds this page, with a {@code Link} to the one behind it. */
    public RestResponse<Page<T>> answer(UriInfo request, int limit) {
        ResponseBuilder<Page<T>> answer = ResponseBuilder.ok(this);
        if (next != null) {
            // Made of what the list itself understands: a token in the query does not belong in a header.
            answer.header(
                    HttpHeaders.LINK, "<%s?limit=%d&after=%s>; rel=\"next\"".formatted(request.getPath(), limit, next));
        }
        return answer.build();
    }

    /** Reads {@code limit}; null is the default. Throws a 400 {@link Problem} unless it is from 1 to 250. */
    public static int limit(String asked) {
        if (asked == null) {
            return DEFAULT_LIMIT;
        }
        if (!asked.matches("\\d{1,3}") || Integer.parseInt(asked) < 1 || Integer.parseInt(asked) > MAX_LIMIT) {
            throw Problem.invalid(List.of(new FieldError("limit", "must be a number from 1 to " + MAX_LIMIT)));
        }
        return Integer.parseInt(asked);
    }
}
