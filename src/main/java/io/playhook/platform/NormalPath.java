package io.playhook.platform;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;

/**
 * Refuses a path that is not in its normal form (RFC 3986, 6.2.2) before it is routed. The router would normalize it; a
 * gateway in front, whose rules go by the path as it was sent, may not: {@code /v1/%61dmin} would pass a rule for
 * {@code /v1/admin}.
 */
@ApplicationScoped
class NormalPath {

    /** Before everything else. */
    private static final int PRIORITY = 1_000;

    /** What else may stand in a path as it is (RFC 3986, 3.3), without {@code ;}, whose parameters a router drops. */
    private static final String PUNCTUATION = "-._~!$&'()*+,=:@";

    private final ProblemWriter writer;

    NormalPath(ProblemWriter writer) {
        this.writer = writer;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    private void check(RoutingContext context) {
        String path = context.request().path();
        if (path == null || isNormal(path)) {
            context.next();
        } else {
            context.request().resume();
            writer.answer(context, Problem.badRequest("The path is not in its normal form."));
        }
    }

    /** Whether it has no empty segment but a last one, no dots as a segment, and encodes nothing without need. */
    static boolean isNormal(String path) {
        if (!path.startsWith("/")) {
            return false;
        }
        int start = 1;
        int end;
        // Nothing is cut out of it: each request passes here.
        while ((end = path.indexOf('/', start)) >= 0) {
            if (end == start || !isNormalSegment(path, start, end)) {
                return false;
            }
            start = end + 1;
        }
        return isNormalSegment(path, start, path.length());
    }

    private static boolean isNormalSegment(String path, int start, int end) {
        boolean isDots = end > start && end - start <= 2 && path.charAt(start) == '.' && path.charAt(end - 1) == '.';
        int i = start;
        while (i < end) {
            char c = path.charAt(i);
            if (c == '%') {
                if (i + 3 > end || !hasNeedOfEncoding(path, i)) {
                    return false;
                }
                i += 3;
            } else if (isAlphanumeric(c) || PUNCTUATION.indexOf(c) >= 0) {
                i++;
            } else {
                return false;
            }
        }
        return !isDots;
    }

    // Letters, digits and -._~ have none; a slash, a backslash or a control character has no business in a segment.
    private static boolean hasNeedOfEncoding(String path, int at) {
        int high = Character.digit(path.charAt(at + 1), 16);
        int low = Character.digit(path.charAt(at + 2), 16);
        int encoded = high * 16 + low;
        return high >= 0
                && low >= 0
                && encoded >= ' '
                && encoded != 0x7f
                && !isAlphanumeric((char) encoded)
                && "-._~/\\;".indexOf(encoded) < 0;
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }
}
