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
        String[] segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            boolean isLast = i == segments.length - 1;
            if (segment.isEmpty() && !isLast
                    || segment.equals(".")
                    || segment.equals("..")
                    || !isNormalSegment(segment)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNormalSegment(String segment) {
        int i = 0;
        while (i < segment.length()) {
            char c = segment.charAt(i);
            if (c == '%') {
                if (!hasNeedOfEncoding(segment, i)) {
                    return false;
                }
                i += 3;
            } else if (isAlphanumeric(c) || PUNCTUATION.indexOf(c) >= 0) {
                i++;
            } else {
                return false;
            }
        }
        return true;
    }

    // Letters, digits and -._~ have none; a slash, a backslash or a control character has no business in a segment.
    private static boolean hasNeedOfEncoding(String segment, int at) {
        if (at + 3 > segment.length()) {
            return false;
        }
        int high = Character.digit(segment.charAt(at + 1), 16);
        int low = Character.digit(segment.charAt(at + 2), 16);
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
