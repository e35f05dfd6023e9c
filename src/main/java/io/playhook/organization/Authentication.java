package io.playhook.organization;

import java.util.Optional;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.core.JsonToken;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.Futures;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.problem.Problem;

/**
 * Finds out who is calling. The auth token is read from {@code Authorization: Bearer …}, else from the query parameter
 * {@code auth_token}, else from the attribute {@code auth_token} of a JSON body.
 */
@ApplicationScoped
public class Authentication {

    private static final String AUTH_TOKEN = "auth_token";
    private static final String CALLER = Caller.class.getName();
    private static final String BEARER = "bearer";

    private final AuthTokenRepository tokens;
    private final KnownCallers known;
    private final CurrentVertxRequest current;

    Authentication(AuthTokenRepository tokens, KnownCallers known, CurrentVertxRequest current) {
        this.tokens = tokens;
        this.known = known;
        this.current = current;
    }

    /** The caller of the current request, which has no body; fails with a 401 or 403 {@link Problem}. */
    public Uni<Caller> require(Scope scope) {
        return require(scope, Optional::empty);
    }

    /**
     * The caller of the current request; fails with a 401 or 403 {@link Problem}.
     *
     * @param body gives the body where it is a JSON object; asked only if the token stands nowhere else, and may throw
     *     the {@link Problem} of a body with wrong syntax
     */
    public Uni<Caller> require(Scope scope, Supplier<Optional<RawObject>> body) {
        return callerOfHead()
                .chain(caller -> caller.isPresent()
                        ? Uni.createFrom().item(caller.get())
                        : find(TokenHash.of(tokenOfBody(body.get()))))
                .map(caller -> caller.with(scope));
    }

    /** The caller of the current request, which needs no body; its token may stand in one all the same. */
    public Uni<Caller> requireWithOptionalBody(Scope scope, byte[] body) {
        return require(scope, () -> objectIn(body));
    }

    // Looked into for the token alone: what is no JSON object holds none, and what is wrong with it is nobody's affair.
    private static Optional<RawObject> objectIn(byte[] body) {
        try {
            return body == null || body.length == 0 ? Optional.empty() : Optional.of(RawObject.parse(body));
        } catch (Problem noObject) {
            return Optional.empty();
        }
    }

    /**
     * The caller whose token stands in the header or in the query of the current request, if one does; fails with a 401
     * {@link Problem} if it is not valid. Looked up once for each request.
     */
    Uni<Optional<Caller>> callerOfHead() {
        RoutingContext context = current.getCurrent();
        Caller known = context.get(CALLER);
        if (known != null) {
            return Uni.createFrom().item(Optional.of(known));
        }
        Optional<String> token = tokenOfHead(context.request());
        return token.isEmpty()
                ? Uni.createFrom().item(Optional.empty())
                : find(TokenHash.of(token.get()))
                        .invoke(caller -> context.put(CALLER, caller))
                        .map(Optional::of);
    }

    /** The token that stands in the header or in the query of a request, if one does. */
    public static Optional<String> tokenOfHead(HttpServerRequest request) {
        return bearer(request)
                .or(() -> request.params().getAll(AUTH_TOKEN).stream()
                        .filter(shown -> !shown.isBlank())
                        .findFirst());
    }

    /** The token that stands in a body; throws a 401 {@link Problem} if none does. */
    public static String tokenOfBody(Optional<RawObject> body) {
        return body.flatMap(Authentication::bodyToken).orElseThrow(Authentication::missing);
    }

    /**
     * Who shows a token, without a question to the database where this pod has asked before; fails with a 401 or 403
     * {@link Problem} that is certain.
     */
    public Future<Credential> presume(String token, Scope scope) {
        TokenHash hash = TokenHash.of(token);
        Optional<Caller> lastHeard =
                known.find(hash).filter(caller -> caller.scopes().contains(scope));
        return lastHeard.isPresent()
                ? Future.succeededFuture(new Credential(lastHeard.get(), hash, false))
                : Futures.of(check(hash, scope));
    }

    /** Asks the database who a token stands for; empty if for nobody, or not any more. */
    public Uni<Optional<Caller>> callerOf(TokenHash token) {
        return tokens.findCaller(token).invoke(caller -> known.heard(token, caller));
    }

    /** Asks the database who shows a token; fails with a 401 or 403 {@link Problem}. */
    public Uni<Credential> check(TokenHash token, Scope scope) {
        return find(token).map(caller -> new Credential(caller.with(scope), token, true));
    }

    /** 401: the token stands for nobody, or not any more. */
    public static Problem notValid() {
        return Problem.unauthorized("The auth token is unknown, expired or revoked.");
    }

    /** 401: no token was shown. */
    public static Problem missing() {
        return Problem.unauthorized("The auth token is missing: send it as Authorization: Bearer, or as auth_token.");
    }

    private Uni<Caller> find(TokenHash token) {
        return callerOf(token).map(caller -> caller.orElseThrow(Authentication::notValid));
    }

    /** The token in {@code Authorization: Bearer …}, if there is one. */
    static Optional<String> bearer(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null
                || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                || header.length() == BEARER.length()
                || " \t".indexOf(header.charAt(BEARER.length())) < 0) {
            return Optional.empty();
        }
        return Optional.of(header.substring(BEARER.length()).strip()).filter(token -> !token.isEmpty());
    }

    private static Optional<String> bodyToken(RawObject body) {
        Optional<RawObject.RawValue> value = body.value(AUTH_TOKEN);
        if (value.isPresent() && value.get().token() != JsonToken.VALUE_STRING) {
            throw Problem.unauthorized("The auth_token in the body must be a string.");
        }
        return value.map(RawObject.RawValue::string);
    }
}
