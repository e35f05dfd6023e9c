package io.playhook.page;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.RestResponse.ResponseBuilder;

import io.playhook.organization.Caller;
import io.playhook.organization.OrganizationService;
import io.playhook.organization.Scope;
import io.playhook.platform.http.Page;
import io.playhook.platform.problem.Problem;

/**
 * What all pages have in common: who has signed in, the frame around them, and the headers that keep a browser from running or loading
 * anything that is not ours.
 */
@ApplicationScoped
class Pages {

    static final String SIGN_IN = "/sign-in";

    private static final String NOTHING_FROM_ELSEWHERE = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final String HTML = MediaType.TEXT_HTML + ";charset=UTF-8";

    private final Sessions sessions;
    private final OrganizationService organizations;
    private final Instance<OpenDoor> door;
    private final CurrentVertxRequest current;

    Pages(Sessions sessions, OrganizationService organizations, Instance<OpenDoor> door, CurrentVertxRequest current) {
        this.sessions = sessions;
        this.organizations = organizations;
        this.door = door;
        this.current = current;
    }

    /**
     * What stands around a page.
     *
     * @param organization its name
     * @param place the path of the page, for the menu
     * @param address under which the service was asked, for lines to copy
     * @param publishPath to which a button posts that publishes a demo event; null for none
     */
    public record Frame(String organization, String place, String address, String publishPath) {}

    /**
     * Who looks at a page.
     *
     * @param caller as their auth token says
     * @param frame of the page
     */
    record Visitor(Caller caller, Frame frame) {}

    @CheckedTemplate
    static final class Templates {
        private Templates() {}

        static native TemplateInstance problem(String title, String detail);
    }

    /** A page for who has signed in with a token that covers a scope; others are asked to sign in, and come back to it. */
    Uni<RestResponse<String>> signedIn(Scope scope, Function<Visitor, Uni<TemplateInstance>> page) {
        return sessions.find(request())
                .chain(caller ->
                        caller.isEmpty() ? Uni.createFrom().item(askToSignIn()) : page(caller.get(), scope, page))
                .onFailure(Problem.class)
                .recoverWithUni(problem -> answer((Problem) problem));
    }

    private Uni<RestResponse<String>> page(Caller caller, Scope scope, Function<Visitor, Uni<TemplateInstance>> page) {
        return organizations
                .nameOf(caller.with(scope).organizationId())
                .chain(name -> page.apply(new Visitor(caller, frame(name))))
                .chain(template -> answer(RestResponse.Status.OK, template));
    }

    private Frame frame(String organization) {
        HttpServerRequest request = request();
        return new Frame(
                organization,
                request.path(),
                request.scheme() + "://" + request.authority(),
                door.isResolvable() ? door.get().publishPath() : null);
    }

    private RestResponse<String> askToSignIn() {
        String to = request().uri();
        boolean comesBack = request().method().equals(HttpMethod.GET) && !to.equals("/");
        return seeOther(comesBack ? SIGN_IN + "?to=" + URLEncoder.encode(to, StandardCharsets.UTF_8) : SIGN_IN)
                .build();
    }

    Uni<RestResponse<String>> answer(Problem problem) {
        RestResponse.Status status = RestResponse.Status.fromStatusCode(problem.status());
        return answer(status, Templates.problem(status.getReasonPhrase(), problem.getMessage()));
    }

    Uni<RestResponse<String>> answer(RestResponse.Status status, TemplateInstance template) {
        return template.createUni()
                .map(html -> withHeaders(ResponseBuilder.create(status, html))
                        .header(HttpHeaders.CONTENT_TYPE, HTML)
                        .build());
    }

    /** Sends a browser to a page of ours. */
    static ResponseBuilder<String> seeOther(String path) {
        return withHeaders(ResponseBuilder.<String>create(RestResponse.Status.SEE_OTHER))
                .header(HttpHeaders.LOCATION, URI.create(path));
    }

    private static ResponseBuilder<String> withHeaders(ResponseBuilder<String> response) {
        return response.header("Content-Security-Policy", NOTHING_FROM_ELSEWHERE)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "same-origin")
                .header(HttpHeaders.CACHE_CONTROL, "no-store");
    }

    /** Where the page of a list is that follows one; null behind the last. */
    static String next(UriInfo request, Page<?> page) {
        return page.next() == null
                ? null
                : request.getPath() + "?"
                        + request.getRequestUriBuilder()
                                .replaceQueryParam("after", page.next())
                                .build()
                                .getRawQuery();
    }

    /**
     * Throws a 403 {@link Problem} if a request that changes something was made by a page of others. The cookie is not sent with those
     * either, but to sign somebody in needs none.
     */
    void mustComeFromHere() {
        HttpServerRequest request = request();
        Optional<String> site = Optional.ofNullable(request.getHeader("Sec-Fetch-Site"));
        boolean isOurs = site.isPresent()
                ? site.get().equals("same-origin") || site.get().equals("none")
                : Optional.ofNullable(request.getHeader("Origin"))
                        .map(origin ->
                                origin.substring(origin.indexOf("//") + 2).equals(request.getHeader("Host")))
                        .orElse(true);
        if (!isOurs) {
            throw Problem.forbidden("The request comes from another site.");
        }
    }

    HttpServerRequest request() {
        return current.getCurrent().request();
    }
}
