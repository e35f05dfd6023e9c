package io.playhook.platform.problem;

import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.HttpHeaders;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.database.DatabaseFault;

/** Answers with a {@link ProblemBody} where no resource is reached. */
@ApplicationScoped
public class ProblemWriter {

    private static final Logger LOG = Logger.getLogger(ProblemWriter.class);

    private final ObjectMapper mapper;

    ProblemWriter(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** Ends the response with a problem. */
    public void answer(RoutingContext context, Problem problem) {
        String title = titleOf(problem.status());
        ProblemBody body = ProblemBody.of(problem, title, context.request().path());
        HttpServerResponse response = context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.PROBLEM_JSON);
        headersOf(problem).forEach(response::putHeader);
        response.end(json(body));
    }

    /**
     * What to answer where something went wrong: the problem that it is, or the one that stands for a fault.
     *
     * @param path as it was sent: decoded, it could bring a newline into the log
     */
    public static Problem problemOf(Throwable fault, String path) {
        if (fault instanceof Problem problem) {
            return problem;
        }
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("The database can't be reached: %s", fault.getMessage());
            return Problem.unavailable("The database can't be reached; nothing was accepted.");
        }
        LOG.errorf(fault, "Request to %s failed", path);
        return Problem.of(500, "Something went wrong on our side.");
    }

    /** The headers that a problem has beside its type. */
    static Map<String, String> headersOf(Problem problem) {
        return switch (problem.status()) {
            case 401 -> Map.of(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            case 429 -> Map.of(HttpHeaders.RETRY_AFTER, "1");
            case 503 -> Map.of(HttpHeaders.RETRY_AFTER, "5");
            default -> Map.of();
        };
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
