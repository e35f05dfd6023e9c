package io.playhook.stats;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.http.Listing;
import io.playhook.platform.http.Listings;
import io.playhook.webhook.WebhookService;

/** Shows how a webhook fares. */
@Path("/v1/webhooks/{webhookId: " + Ids.NUMBER + "}/stats")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class WebhookStatsResource {

    private static final Duration USUAL = Duration.ofHours(24);
    private static final Duration MOST = Duration.ofDays(32);
    private static final Duration HOUR = Duration.ofHours(1);

    private final Authentication authentication;
    private final Listings listings;
    private final WebhookService webhooks;
    private final StatsRepository stats;
    private final InstantSource clock;

    WebhookStatsResource(
            Authentication authentication,
            Listings listings,
            WebhookService webhooks,
            StatsRepository stats,
            InstantSource clock) {
        this.authentication = authentication;
        this.listings = listings;
        this.webhooks = webhooks;
        this.stats = stats;
        this.clock = clock;
    }

    @GET
    @SecurityRequirement(name = "bearer", scopes = "webhooks:read")
    public Uni<StatsView> get(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @Context UriInfo request) {
        return authentication
                .require(Scope.WEBHOOKS_READ)
                .call(caller -> webhooks.view(caller.organizationId(), webhookId))
                .chain(caller -> show(webhookId, listings.of("stats", request)));
    }

    private Uni<StatsView> show(int webhookId, Listing window) {
        Optional<Instant> wantedSince = window.time("since");
        Optional<Instant> wantedUntil = window.time("until");
        window.refuseIfWrong();
        Instant until = wantedUntil.orElseGet(
                () -> wantedSince.isPresent() && wantedSince.get().isAfter(clock.instant())
                        ? wantedSince.get().plus(HOUR)
                        : clock.instant());
        Instant since = wantedSince.orElse(until.minus(USUAL));
        if (!since.isBefore(until)) {
            window.refuse("until", "must be later than since");
        }
        if (Duration.between(since, until).compareTo(MOST) > 0) {
            window.refuse("since", "must not be more than %d days before until".formatted(MOST.toDays()));
        }
        window.refuseIfWrong();
        return stats.show(webhookId, since.truncatedTo(ChronoUnit.HOURS), endOfHour(until));
    }

    private static Instant endOfHour(Instant time) {
        Instant hour = time.truncatedTo(ChronoUnit.HOURS);
        return hour.equals(time) ? hour : hour.plus(HOUR);
    }
}
