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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.platform.Ids;
import io.playhook.platform.http.Exports;
import io.playhook.platform.http.ListRequest;
import io.playhook.platform.http.Listings;
import io.playhook.platform.http.Page;
import io.playhook.platform.http.Rows;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.table.Column;
import io.playhook.platform.table.TableFormat;

/** The admin API: organizations and their tokens, guarded by the admin token. */
@Path("/v1/admin/organizations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Admin")
@SecurityRequirement(name = "admin")
public class AdminResource {

    /** Whom exports of the admin API are counted for. */
    private static final String ADMIN = "admin";

    private final AdminGuard guard;
    private final OrganizationService service;
    private final OrganizationDeletion deletion;
    private final Listings listings;
    private final Exports exports;
    private final InstantSource clock;

    AdminResource(
            AdminGuard guard,
            OrganizationService service,
            OrganizationDeletion deletion,
            Listings listings,
            Exports exports,
            InstantSource clock) {
        this.guard = guard;
        this.service = service;
        this.deletion = deletion;
        this.listings = listings;
        this.exports = exports;
        this.clock = clock;
    }

    /** An organization as the API shows it. */
    @Schema(requiredProperties = {"organization_id", "name", "parent_id", "created_at"})
    public record OrganizationView(
            @Schema(minimum = "1") int organizationId,
            String name,
            @Schema(nullable = true) Integer parentId,
            Instant createdAt) {

        /** What a table shows of it. */
        static final List<Column<OrganizationView>> COLUMNS = List.of(
                Column.text("organization_id", OrganizationView::organizationId),
                Column.text("name", OrganizationView::name),
                Column.text("parent_id", OrganizationView::parentId),
                Column.time("created_at", OrganizationView::createdAt));

        static OrganizationView of(Organization organization) {
            return new OrganizationView(
                    organization.id, organization.name, organization.parentId, organization.createdAt);
        }
    }

    /** A token as the API shows it: never its text. */
    @Schema(requiredProperties = {"token_id", "scopes", "created_at", "expires_at", "revoked_at"})
    public record TokenView(
            @Schema(minimum = "1") int tokenId,
            List<String> scopes,
            Instant createdAt,
            @Schema(nullable = true) Instant expiresAt,
            @Schema(nullable = true) Instant revokedAt) {

        /** What a table shows of it. */
        static final List<Column<TokenView>> COLUMNS = List.of(
                Column.text("token_id", TokenView::tokenId),
                Column.words("scopes", TokenView::scopes),
                Column.time("created_at", TokenView::createdAt),
                Column.time("expires_at", TokenView::expiresAt),
                Column.time("revoked_at", TokenView::revokedAt));

        static TokenView of(AuthToken token) {
            return new TokenView(token.id, List.of(token.scopes), token.createdAt, token.expiresAt, token.revokedAt);
        }
    }

    /** A new token, with its text: the only time that it is shown. */
    @Schema(requiredProperties = {"token_id", "auth_token", "scopes", "created_at", "expires_at"})
    public record IssuedTokenView(
            @Schema(minimum = "1") int tokenId,
            String authToken,
            List<String> scopes,
            Instant createdAt,
            @Schema(nullable = true) Instant expiresAt) {
        static IssuedTokenView of(OrganizationService.IssuedToken issued) {
            AuthToken token = issued.token();
            return new IssuedTokenView(
                    token.id, issued.text(), List.of(token.scopes), token.createdAt, token.expiresAt);
        }
    }

    /** The answer to a revocation. */
    @Schema(requiredProperties = "status")
    public record Revoked(String status) {}

    /** The answer to a deletion. */
    @Schema(name = "DeletedOrganization", requiredProperties = "status")
    public record Deleted(String status) {}

    @POST
    @APIResponse(
            responseCode = "201",
            description = "Created",
            content = @Content(schema = @Schema(implementation = OrganizationView.class)))
    public Uni<RestResponse<OrganizationView>> create(
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewOrganization"))) byte[] body) {
        guard.check();
        var request = AdminRequests.NewOrganization.read(RawObject.parse(body));
        return service.create(request.name(), request.parentId())
                .map(organization ->
                        RestResponse.status(RestResponse.Status.CREATED, OrganizationView.of(organization)));
    }

    @GET
    public Uni<RestResponse<Page<OrganizationView>>> list(@Context UriInfo request) {
        return organizations(request).page();
    }

    @GET
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportCsv(@Context UriInfo request) {
        return exports.of(
                TableFormat.CSV,
                "organizations",
                Uni.createFrom().item(() -> organizations(request)),
                OrganizationView.COLUMNS);
    }

    @GET
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportXlsx(@Context UriInfo request) {
        return exports.of(
                TableFormat.XLSX,
                "organizations",
                Uni.createFrom().item(() -> organizations(request)),
                OrganizationView.COLUMNS);
    }

    private ListRequest<OrganizationView> organizations(UriInfo request) {
        guard.check();
        return new ListRequest<>(
                ADMIN,
                listings.of("organizations", request),
                start -> service.list((int) start.number(0), start.rows())
                        .map(rows -> Rows.of(rows, OrganizationView::of, row -> new long[] {row.id})));
    }

    @DELETE
    @Path("/{organizationId: " + Ids.NUMBER + "}")
    @APIResponse(
            responseCode = "202",
            description = "Its tokens and webhooks have ended; the content of its events goes within a minute or so",
            content = @Content(schema = @Schema(implementation = Deleted.class)))
    @APIResponse(responseCode = "409", ref = "409")
    public Uni<RestResponse<Deleted>> delete(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId) {
        guard.check();
        return deletion.delete(organizationId)
                .replaceWith(RestResponse.status(
                        RestResponse.Status.ACCEPTED, new Deleted("Successfully deleted the organization")));
    }

    @POST
    @Path("/{organizationId: " + Ids.NUMBER + "}/tokens")
    @APIResponse(
            responseCode = "201",
            description = "Created",
            content = @Content(schema = @Schema(implementation = IssuedTokenView.class)))
    public Uni<RestResponse<IssuedTokenView>> issue(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewToken"))) byte[] body) {
        guard.check();
        var request = AdminRequests.NewToken.read(RawObject.parse(body), clock);
        return service.issue(organizationId, request.scopes(), request.expiresAt())
                .map(issued -> RestResponse.status(RestResponse.Status.CREATED, IssuedTokenView.of(issued)));
    }

    @GET
    @Path("/{organizationId: " + Ids.NUMBER + "}/tokens")
    public Uni<RestResponse<Page<TokenView>>> listTokens(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId,
            @Context UriInfo request) {
        return tokens(organizationId, request).page();
    }

    @GET
    @Path("/{organizationId: " + Ids.NUMBER + "}/tokens")
    @Produces(TableFormat.CSV_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportTokensCsv(@RestPath int organizationId, @Context UriInfo request) {
        return exports.of(
                TableFormat.CSV,
                "tokens",
                Uni.createFrom().item(() -> tokens(organizationId, request)),
                TokenView.COLUMNS);
    }

    @GET
    @Path("/{organizationId: " + Ids.NUMBER + "}/tokens")
    @Produces(TableFormat.XLSX_TYPE)
    @Operation(hidden = true) // The description of the list says it too.
    public RestMulti<byte[]> exportTokensXlsx(@RestPath int organizationId, @Context UriInfo request) {
        return exports.of(
                TableFormat.XLSX,
                "tokens",
                Uni.createFrom().item(() -> tokens(organizationId, request)),
                TokenView.COLUMNS);
    }

    private ListRequest<TokenView> tokens(int organizationId, UriInfo request) {
        guard.check();
        return new ListRequest<>(
                ADMIN,
                listings.of("tokens of %d".formatted(organizationId), request),
                start -> service.listTokens(organizationId, (int) start.number(0), start.rows())
                        .map(rows -> Rows.of(rows, TokenView::of, row -> new long[] {row.id})));
    }

    @DELETE
    @Path("/{organizationId: " + Ids.NUMBER + "}/tokens/{tokenId: " + Ids.NUMBER + "}")
    public Uni<Revoked> revoke(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int organizationId,
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int tokenId) {
        guard.check();
        return service.revoke(organizationId, tokenId).replaceWith(new Revoked("Successfully revoked the token"));
    }
}
