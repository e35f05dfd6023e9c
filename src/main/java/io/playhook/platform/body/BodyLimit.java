package io.playhook.platform.body;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;

/**
 * Answers a body that is announced as too large, before it is read. The framework would do so with an empty answer, and
 * would cut the connection while the client is still sending, so that many clients never see the answer at all.
 */
@ApplicationScoped
class BodyLimit {

    /** Before the framework's own check. */
    private static final int PRIORITY = 10;

    private final long limit;
    private final ProblemWriter writer;

    BodyLimit(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit, ProblemWriter writer) {
        this.limit = limit.asLongValue();
        this.writer = writer;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    private void check(RoutingContext context) {
        long announced = announcedLength(context);
        if (announced <= limit) {
            context.next();
            return;
        }
        answer(context);
        if (announced > Drain.AT_MOST) {
            context.addEndHandler(answered -> Drain.hangUp(context.request()));
        }
    }

    private void answer(RoutingContext context) {
        Drain.begin(context);
        writer.answer(context, Problem.tooLarge("The body is too large."));
    }

    private static long announcedLength(RoutingContext context) {
        String header = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        return header == null ? 0 : Long.parseLong(header);
    }
}
