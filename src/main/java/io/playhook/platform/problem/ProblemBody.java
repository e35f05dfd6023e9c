package io.playhook.platform.problem;

import java.util.List;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * The body of every error: RFC 9457, with all fields at fault and {@code error}, the name that clients of the original
 * API read.
 *
 * @param type always {@code about:blank}: the status says what kind it is
 * @param title the status in words
 * @param instance the path of the request as it was sent, never its query: a token may stand there
 * @param error the same as {@code detail}
 */
@RegisterForReflection(targets = {ProblemBody.class, FieldError.class}) // written outside of any resource
public record ProblemBody(
        String type, String title, int status, String detail, String instance, List<FieldError> errors, String error) {

    static ProblemBody of(Problem problem, String title, String path) {
        String detail = problem.getMessage();
        return new ProblemBody("about:blank", title, problem.status(), detail, path, problem.errors(), detail);
    }
}
