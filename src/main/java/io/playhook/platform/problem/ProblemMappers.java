package io.playhook.platform.problem;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;

import io.vertx.core.http.HttpServerRequest;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

import io.playhook.platform.database.DatabaseFault;

/** Turns whatever goes wrong in a request into a {@link ProblemBody}. */
class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
    static final String PROBLEM_JSON = "application/problem+json";

    private final AllowedMethods allowed;

    ProblemMappers(AllowedMethods allowed) {
        this.allowed = allowed;
    }

    @ServerExceptionMapper
    RestResponse<ProblemBody> problem(Problem problem, HttpServerRequest request) {
        ResponseBuilder<ProblemBody> answer = answer(problem, request);
        switch (problem.status()) {
            case 401 -> answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            case 429 -> answer.header(HttpHeaders.RETRY_AFTER, "1");
            case 503 -> answer.header(HttpHeaders.RETRY_AFTER, "5");
            default -> {}
        }
        return answer.build();
    }

    @ServerExceptionMapper
    RestResponse<ProblemBody> refusedByFramework(WebApplicationException refusal, HttpServerRequest request) {
        ResponseBuilder<ProblemBody> answer = answer(asProblem(refusal), request);
        if (refusal instanceof NotAllowedException) {
            allowed.of(request.path()).ifPresent(methods -> answer.header(HttpHeaders.ALLOW, methods));
        }
        return answer.build();
    }

    @ServerExceptionMapper
    RestResponse<ProblemBody> fault(Throwable fault, HttpServerRequest request) {
        if (DatabaseFault.isUnavailable(fault)) {
            LOG.warnf("The database can't be reached: %s", fault.getMessage());
            return problem(Problem.unavailable("The database can't be reached; nothing was accepted."), request);
        }
        // The path is as it was sent: decoded, it could hold a newline.
        LOG.errorf(fault, "Request to %s failed", request.path());
        return answer(Problem.of(500, "Something went wrong on our side."), request)
                .build();
    }

    private static Problem asProblem(WebApplicationException refusal) {
        if (refusal instanceof NotSupportedException) {
            // The contract has one answer for both directions of content negotiation.
            return Problem.of(406, "The Content-Type of the request must be application/json.");
        }
        if (refusal instanceof NotAcceptableException) {
            return Problem.of(406, "The resource does not speak what the Accept header asks for.");
        }
        if (refusal instanceof NotFoundException) {
            return Problem.notFound("There is no such resource.");
        }
        if (refusal instanceof NotAllowedException) {
            return Problem.of(405, "The resource does not have this method.");
        }
        int status = refusal.getResponse().getStatus();
        return Problem.of(status, status < 500 ? "The request can't be handled." : "Something went wrong on our side.");
    }

    private static ResponseBuilder<ProblemBody> answer(Problem problem, HttpServerRequest request) {
        String title = ProblemWriter.titleOf(problem.status());
        // The path as it was sent, percent-encoding untouched: no newline, no control character.
        return ResponseBuilder.<ProblemBody>create(problem.status())
                .entity(ProblemBody.of(problem, title, request.path()))
                .header(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON);
    }
}
