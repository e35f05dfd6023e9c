package io.playhook.platform.problem;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;

import io.vertx.core.http.HttpServerRequest;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns whatever goes wrong in a request into a {@link ProblemBody}. */
class ProblemMappers {

    static final String PROBLEM_JSON = "application/problem+json";

    private final AllowedMethods allowed;

    ProblemMappers(AllowedMethods allowed) {
        this.allowed = allowed;
    }

    @ServerExceptionMapper
    RestResponse<ProblemBody> problem(Problem problem, HttpServerRequest request) {
        return answer(problem, request).build();
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
        return problem(ProblemWriter.problemOf(fault, request.path()), request);
    }

    private static Problem asProblem(WebApplicationException refusal) {
        if (refusal instanceof NotSupportedException) {
            return Problem.wrongContentType();
        }
        if (refusal instanceof NotAcceptableException) {
            return Problem.wrongAccept();
        }
        if (refusal instanceof NotFoundException) {
            return Problem.notFound("There is no such resource.");
        }
        if (refusal instanceof NotAllowedException) {
            return Problem.notAllowed();
        }
        int status = refusal.getResponse().getStatus();
        return Problem.of(status, status < 500 ? "The request can't be handled." : "Something went wrong on our side.");
    }

    private static ResponseBuilder<ProblemBody> answer(Problem problem, HttpServerRequest request) {
        String title = ProblemWriter.titleOf(problem.status());
        // The path as it was sent, percent-encoding untouched: no newline, no control character.
        ResponseBuilder<ProblemBody> answer = ResponseBuilder.<ProblemBody>create(problem.status())
                .entity(ProblemBody.of(problem, title, request.path()))
                .header(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON);
        ProblemWriter.headersOf(problem).forEach(answer::header);
        return answer;
    }
}
