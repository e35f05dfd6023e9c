package io.playhook.organization;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.Cursor;
import io.playhook.platform.Page;
import io.playhook.platform.RawObject;

/** The admin API: organizations and their tokens, guarded by the admin token. */
@Path("/v1/admin/organizations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Admin")
public class AdminResource {

    private final AdminGuard guard;
    private final OrganizationService service;
    private final InstantSource clock;

    AdminResource(AdminGuard guard, OrganizationService service, InstantSource clock) {
        this.guard = guard;
        this.service = service;
        this.clock = clock;
    }

    /** An organization as the API shows it. */
    public record OrganizationView(int organizationId, String name, Integer parentId, Instant createdAt) {
        static OrganizationView of(Organization organization) {
            return new OrganizationView(
                    organization.id, organization.name, organization.parentId, organization.createdAt);
        }
    }

    /** A token as the API shows it: never its text. */
    public record TokenView(int tokenId, List<String> scopes, Instant createdAt, Instant expiresAt, Instant revokedAt) {
        static TokenView of(AuthToken token) {
            return new TokenView(token.id, List.of(token.scopes), token.createdAt, token.expiresAt, token.revokedAt);
        }
    }

    /** A new token, with its text: the only time that it is shown. */
    public record IssuedTokenView(
            int tokenId, String authToken, List<String> scopes, Instant createdAt, Instant expiresAt) {
        static IssuedTokenView of(OrganizationService.IssuedToken issued) {
            AuthToken token = issued.token();
            return new IssuedTokenView(
                    token.id, issued.text(), List.of(token.scopes), token.createdAt, token.expiresAt);
        }
    }

    /** The answer to a revocation. */
    public record Revoked(String status) {}

    @Schema(name = "NewOrganization")
    record NewOrganizationBody(@Schema(required = true) String name, Integer parentId) {}

    @Schema(name = "NewToken")
    record NewTokenBody(@Schema(required = true) List<String> scopes, Instant expiresAt) {}

    @POST
    public Uni<RestResponse<OrganizationView>> create(
            @RequestBody(content = @Content(schema = @Schema(implementation = NewOrganizationBody.class)))
                    byte[] body) {
        guard.check();
        var request = AdminRequests.NewOrganization.read(RawObject.parse(body));
        return service.create(request.name(), request.parentId())
                .map(organization ->
                        RestResponse.status(RestResponse.Status.CREATED, OrganizationView.of(organization)));
    }

    @GET
    public Uni<RestResponse<Page<OrganizationView>>> list(
            @RestQuery String limit, @RestQuery String after, @Context UriInfo uri) {
        guard.check();
        int size = Page.limit(limit);
        return service.list(Cursor.decode(after), size + 1)
                .map(rows ->
                        Page.of(rows, size, OrganizationView::of, row -> row.id).answer(uri, size));
    }

    @POST
    @Path("/{organizationId}/tokens")
    public Uni<RestResponse<IssuedTokenView>> issue(
            @RestPath int organizationId,
            @RequestBody(content = @Content(schema = @Schema(implementation = NewTokenBody.class))) byte[] body) {
        guard.check();
        var request = AdminRequests.NewToken.read(RawObject.parse(body), clock);
        return service.issue(organizationId, request.scopes(), request.expiresAt())
                .map(issued -> RestResponse.status(RestResponse.Status.CREATED, IssuedTokenView.of(issued)));
    }

    @GET
    @Path("/{organizationId}/tokens")
    public Uni<RestResponse<Page<TokenView>>> listTokens(
            @RestPath int organizationId, @RestQuery String limit, @RestQuery String after, @Context UriInfo uri) {
        guard.check();
        int size = Page.limit(limit);
        return service.listTokens(organizationId, Cursor.decode(after), size + 1)
                .map(rows -> Page.of(rows, size, TokenView::of, row -> row.id).answer(uri, size));
    }

    @DELETE
    @Path("/{organizationId}/tokens/{tokenId}")
    public Uni<Revoked> revoke(@RestPath int organizationId, @RestPath int tokenId) {
        guard.check();
        return service.revoke(organizationId, tokenId).replaceWith(new Revoked("Successfully revoked the token"));
    }
}
