package io.playhook.page;

import java.util.List;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.organization.Scope;
import io.playhook.webhook.WebhookList;
import io.playhook.webhook.WebhookView;

/** The first page: an organization's webhooks. */
@Path("/")
@Produces(MediaType.TEXT_HTML)
public class WebhooksPage {

    private final Pages pages;
    private final WebhookList webhooks;

    WebhooksPage(Pages pages, WebhookList webhooks) {
        this.pages = pages;
        this.webhooks = webhooks;
    }

    @CheckedTemplate
    static final class Templates {
        private Templates() {}

        static native TemplateInstance webhooks(Pages.Frame frame, List<WebhookView> webhooks, String next);
    }

    @GET
    @Operation(hidden = true)
    public Uni<RestResponse<String>> list(@Context UriInfo request) {
        return pages.signedIn(
                Scope.WEBHOOKS_READ,
                visitor -> webhooks.asked(visitor.caller().organizationId(), request)
                        .page()
                        .map(RestResponse::getEntity)
                        .map(page -> Templates.webhooks(visitor.frame(), page.data(), Pages.next(request, page))));
    }
}
