package io.playhook.platform;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers a body that is announced as too large, before it is read. The framework would do so with an empty answer, and
 * would cut the connection while the client is still sending, so that many clients never see the answer at all.
 */
@ApplicationScoped
class BodyLimit {

    /** Before the framework's own check. */
    private static final int PRIORITY = 10;

    /** What a client may go on sending before it reads the answer; beyond that the connection is cut. */
    private static final int DRAINED_AT_MOST = 64 * 1024 * 1024;

    private final long limit;
    private final ObjectMapper mapper;

    BodyLimit(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit, ObjectMapper mapper) {
        this.limit = limit.asLongValue();
        this.mapper = mapper;
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
        if (announced > DRAINED_AT_MOST) {
            context.response().endHandler(v -> context.request().connection().close());
        }
    }

    private void answer(RoutingContext context) {
        Problem problem = Problem.tooLarge("The body is too large.");
        ProblemBody body = ProblemBody.of(problem, "Request Entity Too Large", context.normalizedPath());
        context.request().resume();
        context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.PROBLEM_JSON)
                .end(json(body));
    }

    private String json(ProblemBody body) {
        try {
            return mapper.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long announcedLength(RoutingContext context) {
        String header = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        return header == null ? 0 : Long.parseLong(header);
    }
}
