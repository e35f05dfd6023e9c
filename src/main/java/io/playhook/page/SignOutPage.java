package io.playhook.page;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.problem.Problem;

/** Signs out. */
@Path("/sign-out")
@Produces(MediaType.TEXT_HTML)
public class SignOutPage {

    private final Pages pages;
    private final Sessions sessions;

    SignOutPage(Pages pages, Sessions sessions) {
        this.pages = pages;
        this.sessions = sessions;
    }

    @POST
    @Operation(hidden = true)
    @Consumes(MediaType.WILDCARD)
    public Uni<RestResponse<String>> signOut() {
        return Uni.createFrom()
                .deferred(() -> {
                    pages.mustComeFromHere();
                    return sessions.end(pages.request());
                })
                .map(cookie -> Pages.seeOther(Pages.SIGN_IN).cookie(cookie).build())
                .onFailure(Problem.class)
                .recoverWithUni(problem -> pages.answer((Problem) problem));
    }
}
