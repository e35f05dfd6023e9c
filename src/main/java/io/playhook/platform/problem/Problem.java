package io.playhook.platform.problem;

import java.util.List;

/**
 * A request that can't be served, and why; answered as RFC 9457 {@code application/problem+json}.
 *
 * <p>The factories are the statuses of the contract. It carries no stack trace: it is an answer, not a fault.
 */
public class Problem extends RuntimeException {

    private final int status;
    private final transient List<FieldError> errors;

    private Problem(int status, String detail, List<FieldError> errors) {
        super(detail, null, false, false);
        this.status = status;
        this.errors = errors;
    }

    /** 400: the body has wrong syntax, or the request can't be handled. */
    public static Problem badRequest(String detail) {
        return new Problem(400, detail, List.of());
    }

    /** 400: fields break their validation; {@code errors} names all of them, and is not empty. */
    public static Problem invalid(List<FieldError> errors) {
        FieldError first = errors.get(0);
        String more = errors.size() == 1 ? "" : " (and %d more)".formatted(errors.size() - 1);
        return new Problem(400, "%s: %s%s".formatted(first.field(), first.message(), more), errors);
    }

    /** 401: the token is omitted, unknown, expired or revoked. */
    public static Problem unauthorized(String detail) {
        return new Problem(401, detail, List.of());
    }

    /** 403: the token does not cover it, or a limit is reached. */
    public static Problem forbidden(String detail) {
        return new Problem(403, detail, List.of());
    }

    /** 404: no such resource, or another organization's. */
    public static Problem notFound(String detail) {
        return new Problem(404, detail, List.of());
    }

    /** 406: the request's body is said to be no JSON. The contract has one status for both directions of negotiation. */
    public static Problem wrongContentType() {
        return new Problem(406, "The Content-Type of the request must be application/json.", List.of());
    }

    /** 406: the caller wants no JSON. */
    public static Problem wrongAccept() {
        return new Problem(406, "The resource does not speak what the Accept header asks for.", List.of());
    }

    /** 409: an idempotency key was used with another body. */
    public static Problem conflict(String detail) {
        return new Problem(409, detail, List.of());
    }

    /** 408: the body did not come in time. */
    public static Problem tooSlow(String detail) {
        return new Problem(408, detail, List.of());
    }

    /** 412: the request is about another version than there is. */
    public static Problem preconditionFailed(String detail) {
        return new Problem(412, detail, List.of());
    }

    /** 413: the body is over its limit. */
    public static Problem tooLarge(String detail) {
        return new Problem(413, detail, List.of());
    }

    /** 405: the resource does not have the request's method. */
    public static Problem notAllowed() {
        return new Problem(405, "The resource does not have this method.", List.of());
    }

    /** 429: the caller has too much under way. */
    public static Problem tooMany(String detail) {
        return new Problem(429, detail, List.of());
    }

    /** 503: the database can't be reached, or there is too much under way; nothing was accepted. */
    public static Problem unavailable(String detail) {
        return new Problem(503, detail, List.of());
    }

    /** Any other status, where the framework has decided it. */
    static Problem of(int status, String detail) {
        return new Problem(status, detail, List.of());
    }

    /** The HTTP status, 400 to 599. */
    public int status() {
        return status;
    }

    /** The fields at fault; empty where it is not about fields. */
    public List<FieldError> errors() {
        return errors;
    }
}
