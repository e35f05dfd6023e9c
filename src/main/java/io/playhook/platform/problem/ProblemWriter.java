package io.playhook.platform.problem;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import org.jboss.resteasy.reactive.RestResponse;

/** Answers with a {@link ProblemBody} where no resource is reached. */
@ApplicationScoped
public class ProblemWriter {

    private final ObjectMapper mapper;

    ProblemWriter(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** Ends the response with a problem. */
    public void answer(RoutingContext context, Problem problem) {
        String title = titleOf(problem.status());
        ProblemBody body = ProblemBody.of(problem, title, context.request().path());
        context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.PROBLEM_JSON)
                .end(json(body));
    }

    /** A status in words. */
    static String titleOf(int status) {
        RestResponse.Status known = RestResponse.Status.fromStatusCode(status);
        return known == null ? "Error" : known.getReasonPhrase();
    }

    private String json(ProblemBody body) {
        try {
            return mapper.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
