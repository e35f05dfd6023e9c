package io.playhook.platform.body;

import java.util.Locale;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;

/** Says of a body that is compressed that it is, where a reader of JSON would only find that it is no text. */
@ApplicationScoped
class BodyEncoding {

    /** Before the body is read. */
    private static final int PRIORITY = 20;

    private final ProblemWriter writer;

    BodyEncoding(ProblemWriter writer) {
        this.writer = writer;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    private void check(RoutingContext context) {
        String encoding = context.request().getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding == null
                || encoding.isBlank()
                || encoding.strip().toLowerCase(Locale.ROOT).equals("identity")) {
            context.next();
        } else {
            context.request().resume();
            writer.answer(
                    context,
                    Problem.badRequest("The body has a Content-Encoding, which is not taken: send it uncompressed."));
        }
    }
}
