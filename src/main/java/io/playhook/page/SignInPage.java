package io.playhook.page;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.NewCookie;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.problem.Problem;

/** Signs in with an auth token. */
@Path(Pages.SIGN_IN)
@Produces(MediaType.TEXT_HTML)
public class SignInPage {

    private static final String HOME = "/";

    private final Pages pages;
    private final Sessions sessions;
    private final WrongTokens wrongTokens;

    SignInPage(Pages pages, Sessions sessions, WrongTokens wrongTokens) {
        this.pages = pages;
        this.sessions = sessions;
        this.wrongTokens = wrongTokens;
    }

    @CheckedTemplate
    static final class Templates {
        private Templates() {}

        static native TemplateInstance signIn(String to, String objection);
    }

    @GET
    @Operation(hidden = true)
    public Uni<RestResponse<String>> show(@RestQuery String to) {
        return form(RestResponse.Status.OK, ofOurs(to), null);
    }

    @POST
    @Operation(hidden = true)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    public Uni<RestResponse<String>> signIn(byte[] form) {
        return Uni.createFrom()
                .deferred(() -> {
                    pages.mustComeFromHere();
                    return signIn(new QueryStringDecoder(new String(form, StandardCharsets.UTF_8), false));
                })
                .onFailure(Problem.class)
                .recoverWithUni(problem -> pages.answer((Problem) problem));
    }

    private Uni<RestResponse<String>> signIn(QueryStringDecoder form) {
        String token = field(form, "token").strip();
        String to = ofOurs(field(form, "to"));
        String address = pages.request().remoteAddress().hostAddress();
        if (wrongTokens.tooMany(address)) {
            return form(RestResponse.Status.TOO_MANY_REQUESTS, to, "Too many tokens were wrong: wait a minute.");
        }
        return sessions.begin(token)
                .chain(cookie ->
                        cookie.isPresent() ? Uni.createFrom().item(enter(cookie.get(), to)) : refuse(address, to));
    }

    private static RestResponse<String> enter(NewCookie cookie, String to) {
        return Pages.seeOther(to).cookie(cookie).build();
    }

    private Uni<RestResponse<String>> refuse(String address, String to) {
        wrongTokens.note(address);
        return form(RestResponse.Status.UNAUTHORIZED, to, "The auth token is unknown, expired or revoked.");
    }

    private Uni<RestResponse<String>> form(RestResponse.Status status, String to, String objection) {
        return pages.answer(status, Templates.signIn(to, objection));
    }

    private static String field(QueryStringDecoder form, String name) {
        return form.parameters().getOrDefault(name, List.of("")).get(0);
    }

    // What begins with two slashes is another site; a browser takes a backslash for a slash, which no URI has.
    private static String ofOurs(String to) {
        try {
            return to != null && to.startsWith("/") && !to.startsWith("//") ? new URI(to).toString() : HOME;
        } catch (URISyntaxException noPath) {
            return HOME;
        }
    }
}
