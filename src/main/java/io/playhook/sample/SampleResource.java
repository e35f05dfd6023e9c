package io.playhook.sample;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.request.Trial;
import io.playhook.delivery.request.WebhookSender;
import io.playhook.event.SampleEvent;
import io.playhook.organization.Authentication;
import io.playhook.organization.Scope;
import io.playhook.platform.Ids;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.problem.Problem;
import io.playhook.webhook.EventType;
import io.playhook.webhook.WebhookService;
import io.playhook.webhook.WebhookTarget;
import io.playhook.webhook.WebhookTargets;
import io.playhook.webhook.WebhookView;

/** Tries a webhook out, whatever its status and its circuit; nothing of it is recorded. */
@Path("/v1/webhooks/{webhookId: " + Ids.NUMBER + "}/test")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Webhooks")
public class SampleResource {

    /** How many samples of an organization may be under way in this pod: a request may wait for its receiver for 30 s. */
    private static final int AT_ONCE = 10;

    private final Authentication authentication;
    private final WebhookService webhooks;
    private final WebhookTargets targets;
    private final WebhookSender sender;
    private final Ids ids;
    private final InstantSource clock;
    private final Map<Integer, Integer> underWay = new ConcurrentHashMap<>();

    SampleResource(
            Authentication authentication,
            WebhookService webhooks,
            WebhookTargets targets,
            WebhookSender sender,
            Ids ids,
            InstantSource clock) {
        this.authentication = authentication;
        this.webhooks = webhooks;
        this.targets = targets;
        this.sender = sender;
        this.ids = ids;
        this.clock = clock;
    }

    @POST
    @SecurityRequirement(name = "bearer", scopes = "webhooks:write")
    public Uni<SampleView> send(
            @Parameter(schema = @Schema(type = SchemaType.INTEGER, format = "int32", minimum = "1")) @RestPath
                    int webhookId,
            @RequestBody(required = true, content = @Content(schema = @Schema(ref = "NewSample"))) byte[] body) {
        RawObject request = RawObject.parse(body);
        return authentication
                .require(Scope.WEBHOOKS_WRITE, () -> Optional.of(request))
                .chain(caller -> webhooks.view(caller.organizationId(), webhookId))
                .chain(webhook -> send(webhook, SampleEvent.read(request, usualType(webhook))));
    }

    private Uni<SampleView> send(WebhookView webhook, SampleEvent sample) {
        return targets.load(webhook.webhookId())
                .chain(target -> bounded(target.organizationId(), sender.tryOut(delivery(sample, target), target)))
                .map(SampleView::of);
    }

    private Uni<Trial> bounded(int organizationId, Uni<Trial> trial) {
        return Uni.createFrom().deferred(() -> {
            begin(organizationId);
            return trial.onTermination()
                    .invoke(() -> underWay.computeIfPresent(organizationId, SampleResource::oneLess));
        });
    }

    private void begin(int organizationId) {
        if (underWay.merge(organizationId, 1, Integer::sum) > AT_ONCE) {
            underWay.computeIfPresent(organizationId, SampleResource::oneLess);
            throw Problem.tooMany("%d samples of the organization are under way already.".formatted(AT_ONCE));
        }
    }

    private static Integer oneLess(Integer organizationId, Integer count) {
        return count == 1 ? null : Integer.valueOf(count - 1);
    }

    private Delivery delivery(SampleEvent sample, WebhookTarget target) {
        EventPayload event = new EventPayload(
                ids.next(),
                target.organizationId(),
                sample.type(),
                sample.content(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                null);
        return new Delivery(event, target.id(), target.version(), 0, null, false, null, null);
    }

    private static String usualType(WebhookView webhook) {
        return webhook.eventSubscriptions().stream()
                .filter(name -> EventType.of(name).isPresent())
                .findFirst()
                .orElse(EventType.VIDEOFACADE_UPDATE.toString());
    }
}
