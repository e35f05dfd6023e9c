package io.playhook.platform.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriInfo;

import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.platform.Ids;
import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.IsoTime;

/**
 * A request for a page of a list. A resource reads its filters first, each of them once, and then {@link #start}, which throws
 * if anything was wrong; when it has the rows, {@link #answer} makes a page of them ({@link ListRequest}). An empty parameter is an absent
 * one.
 */
public final class Listing {

    /** How many items a page has unless the caller says otherwise, and at most. */
    public static final int DEFAULT_LIMIT = 50;

    public static final int MAX_LIMIT = 250;

    /** How many rows a table has at most, and unless the caller says otherwise. */
    static final int MAX_EXPORT = 1_000_000;

    private static final Pattern LIMIT = Pattern.compile("[1-9][0-9]{0,6}");
    private static final Pattern NUMBER = Pattern.compile(Ids.NUMBER);
    private static final Pattern UUID_FORM = Pattern.compile(Ids.UUID_FORM);

    private final Cursors cursors;
    private final String list;
    private final UriInfo request;
    private final FieldErrors errors = new FieldErrors();
    private final Map<String, String> filters = new LinkedHashMap<>();
    private int limit = DEFAULT_LIMIT;

    Listing(Cursors cursors, String list, UriInfo request) {
        this.cursors = cursors;
        this.list = list;
        this.request = request;
    }

    /**
     * Where a page begins.
     *
     * @param after the position that it goes on from; empty for the beginning of the list
     * @param rows how many rows to fetch: one more than the page may have, to know whether there is another
     */
    public record Start(Optional<long[]> after, int rows) {

        /** The number that the position is made of; {@code first} at the beginning of the list. */
        public long number(long first) {
            return after.map(position -> position[0]).orElse(first);
        }
    }

    /** A filter that has a value out of a few. */
    public <T> Optional<T> oneOf(String name, Function<String, Optional<T>> reader, String values) {
        return filter(name, reader, "must be one of " + values);
    }

    /** A filter that is the number of something. */
    public Optional<Integer> number(String name) {
        return filter(
                name,
                text -> Optional.of(text)
                        .filter(t -> NUMBER.matcher(t).matches())
                        .map(Long::valueOf)
                        .filter(n -> n <= Integer.MAX_VALUE)
                        .map(Long::intValue),
                "must be a number");
    }

    /** A filter that is a UUID. */
    public Optional<UUID> uuid(String name) {
        return filter(
                name,
                text -> Optional.of(text)
                        .filter(t -> UUID_FORM.matcher(t).matches())
                        .map(UUID::fromString),
                "must be a UUID");
    }

    /** A filter that is a time. */
    public Optional<Instant> time(String name) {
        return filter(name, IsoTime::parse, "must be a time in ISO 8601, such as 2030-01-31T00:00:00Z");
    }

    /** A filter that is any text up to a length, in characters. */
    public Optional<String> text(String name, int most) {
        return filter(
                name,
                text -> Optional.of(text).filter(t -> FieldErrors.isText(t) && t.codePointCount(0, t.length()) <= most),
                "must be text of at most %d characters".formatted(most));
    }

    /** The same, where it has to be there. */
    public Optional<String> requiredText(String name, int most) {
        if (request.getQueryParameters().getOrDefault(name, List.of()).stream().allMatch(String::isEmpty)) {
            errors.add(name, "is required");
        }
        return text(name, most);
    }

    /** Notes what else is wrong with a parameter. */
    public void refuse(String name, String objection) {
        errors.add(name, objection);
    }

    /** Throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong so far, if anything is. */
    public void refuseIfWrong() {
        errors.throwIfAny();
    }

    /** Where the page begins; throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong. */
    public Start start() {
        return start(DEFAULT_LIMIT, MAX_LIMIT, 1);
    }

    /** The same for a table: of as many rows as {@link Start} says, and not of one more. */
    Start exportStart() {
        return start(MAX_EXPORT, MAX_EXPORT, 0);
    }

    private Start start(int usual, int most, int ahead) {
        limit = usual;
        parameter("limit")
                .ifPresent(text -> Optional.of(text)
                        .filter(t -> LIMIT.matcher(t).matches())
                        .map(Integer::valueOf)
                        .filter(n -> n <= most)
                        .ifPresentOrElse(
                                n -> limit = n,
                                () -> errors.add("limit", "must be a number from 1 to %d".formatted(most))));
        Optional<String> cursor = parameter("after");
        Optional<long[]> after = cursor.flatMap(text -> cursors.open(boundTo(), text));
        if (cursor.isPresent() && after.isEmpty()) {
            errors.add("after", "is no cursor of this list, or of one with other filters");
        }
        errors.throwIfAny();
        return new Start(after, limit + ahead);
    }

    /** The page that these rows make, with a {@code Link} to the one behind it. */
    <T> RestResponse<Page<T>> answer(Rows<T> rows) {
        boolean more = rows.items().size() > limit;
        List<T> shown = more ? rows.items().subList(0, limit) : rows.items();
        Optional<long[]> next = more ? Optional.of(rows.positions().get(limit - 1)) : rows.end();
        String cursor = next.map(at -> cursors.seal(boundTo(), at)).orElse(null);
        ResponseBuilder<Page<T>> answer = ResponseBuilder.ok(new Page<>(shown, cursor));
        if (cursor != null) {
            answer.header(HttpHeaders.LINK, "<%s>; rel=\"next\"".formatted(linkTo(cursor)));
        }
        return answer.build();
    }

    private <T> Optional<T> filter(String name, Function<String, Optional<T>> reader, String objection) {
        Optional<String> text = parameter(name);
        Optional<T> value = text.flatMap(reader);
        if (text.isPresent() && value.isEmpty()) {
            errors.add(name, objection);
        }
        text.ifPresent(given -> filters.put(name, given));
        return value;
    }

    private Optional<String> parameter(String name) {
        List<String> given = request.getQueryParameters().getOrDefault(name, List.of());
        if (given.size() > 1) {
            errors.add(name, "stands there twice");
        }
        return given.stream().findFirst().filter(text -> !text.isEmpty());
    }

    private String boundTo() {
        return list + "?" + query();
    }

    // Made of what the list itself understands: a token in the query does not belong in a header.
    private String linkTo(String next) {
        String query = query();
        return "%s?%slimit=%d&after=%s".formatted(request.getPath(), query.isEmpty() ? "" : query + "&", limit, next);
    }

    private String query() {
        return filters.entrySet().stream()
                .map(filter -> filter.getKey() + "=" + URLEncoder.encode(filter.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
