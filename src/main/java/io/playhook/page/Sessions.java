package io.playhook.page;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.core.NewCookie;

import io.smallrye.mutiny.Uni;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.TokenHash;

/**
 * Who has signed in. A browser holds a random cookie, and the database its hash beside that of the auth token it stands for: signing out
 * ends a session on all pods, and so does revoking the token.
 */
@ApplicationScoped
class Sessions {

    static final String COOKIE = "playhook_session";

    private static final int BYTES = 32;

    private final SessionRepository repository;
    private final Authentication authentication;
    private final PageConfig config;
    private final Instance<OpenDoor> door;
    private final SecureRandom random = new SecureRandom();

    Sessions(SessionRepository repository, Authentication authentication, PageConfig config, Instance<OpenDoor> door) {
        this.repository = repository;
        this.authentication = authentication;
        this.config = config;
        this.door = door;
    }

    /** Signs in with an auth token, and gives the cookie to set; empty if the token is not valid. */
    Uni<Optional<NewCookie>> begin(String token) {
        TokenHash hash = TokenHash.of(token);
        return authentication
                .callerOf(hash)
                .chain(caller -> caller.isEmpty()
                        ? Uni.createFrom().item(Optional.empty())
                        : begin(hash).map(Optional::of));
    }

    private Uni<NewCookie> begin(TokenHash token) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        return repository
                .begin(TokenHash.of(text), token, config.session())
                .replaceWith(() -> cookie(text, (int) config.session().toSeconds()));
    }

    /** Who makes a request; empty if they have not signed in, or not any more. */
    Uni<Optional<Caller>> find(HttpServerRequest request) {
        return signedIn(request)
                .chain(caller -> caller.isEmpty() && door.isResolvable()
                        ? authentication.callerOf(TokenHash.of(door.get().token()))
                        : Uni.createFrom().item(caller));
    }

    private Uni<Optional<Caller>> signedIn(HttpServerRequest request) {
        Optional<TokenHash> session = sessionOf(request);
        return session.isEmpty()
                ? Uni.createFrom().item(Optional.empty())
                : repository
                        .find(session.get())
                        .chain(token -> token.isEmpty()
                                ? Uni.createFrom().item(Optional.empty())
                                : authentication.callerOf(token.get()));
    }

    /** Signs out, and gives the cookie that takes the place of what the browser holds. */
    Uni<NewCookie> end(HttpServerRequest request) {
        return sessionOf(request)
                .map(repository::end)
                .orElseGet(() -> Uni.createFrom().voidItem())
                .replaceWith(() -> cookie("", 0));
    }

    private static Optional<TokenHash> sessionOf(HttpServerRequest request) {
        return Optional.ofNullable(request.getCookie(COOKIE))
                .map(Cookie::getValue)
                .map(TokenHash::of);
    }

    private static NewCookie cookie(String text, int seconds) {
        return new NewCookie.Builder(COOKIE)
                .value(text)
                .path("/")
                .maxAge(seconds)
                .httpOnly(true)
                .secure(true)
                .sameSite(NewCookie.SameSite.STRICT)
                .build();
    }
}
