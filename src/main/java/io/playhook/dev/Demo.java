package io.playhook.dev;

import java.net.URI;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.quarkus.vertx.VertxContextSupport;
import io.quarkus.vertx.http.HttpServerStart;
import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.playhook.client.PlayhookClient;
import io.playhook.client.PlayhookClient.NewEvent;
import io.playhook.client.PlayhookClient.NewWebhook;
import io.playhook.client.PlayhookClient.PublishedEvent;
import io.playhook.organization.OrganizationService;

/** Makes a demo organization, and says what to do with it. */
@ApplicationScoped
@IfBuildProfile("dev")
class Demo {

    static final String TOKEN = "demo-token";

    private final OrganizationService organizations;
    private final int managementPort;
    private volatile String address;

    Demo(
            OrganizationService organizations,
            @ConfigProperty(name = "quarkus.management.port", defaultValue = "9000") int managementPort) {
        this.organizations = organizations;
        this.managementPort = managementPort;
    }

    void started(@ObservesAsync HttpServerStart server) throws Throwable {
        address = "http://127.0.0.1:" + server.options().getPort();
        VertxContextSupport.subscribeAndAwait(() -> organizations.ensureKnownToken("Demo", TOKEN));
        System.out.println(instructions(address, managementPort));
    }

    /** Does by itself what the printed lines do: registers the demo receiver, and publishes an event to it. */
    Uni<PublishedEvent> run() {
        NewWebhook webhook =
                new NewWebhook(address + "/demo/receiver", "secure-token", List.of("videofacade_update"), null);
        return client().register(webhook, TOKEN).chain(this::publishOne);
    }

    /** Publishes an event; before, where nobody would hear it, registers the demo receiver. */
    Uni<PublishedEvent> publish() {
        return publishOne()
                .chain(event -> event.deliveries() > 0 ? Uni.createFrom().item(event) : run());
    }

    private Uni<PublishedEvent> publishOne() {
        Map<String, Object> player = Map.of("uuid", "aXkbtFpbiqBpVeGAqUgN8T", "name", "Welcome");
        return client().publish(new NewEvent("videofacade_update", player, null, null), TOKEN);
    }

    private PlayhookClient client() {
        return QuarkusRestClientBuilder.newBuilder()
                .baseUri(URI.create(address))
                .build(PlayhookClient.class);
    }

    static String instructions(String address, int managementPort) {
        return """

                Playhook runs. Look at it at %1$s/ - the API is described at %1$s/q/swagger-ui, metrics are at http://127.0.0.1:%2$d/q/metrics.
                Register the demo receiver, publish an event, and see what it got:

                curl -s -w '\\n' %1$s/v1/webhooks -H 'Authorization: Bearer demo-token' -H 'Content-Type: application/json' -d '{"url": "%1$s/demo/receiver", "security_key": "secure-token", "event_subscriptions": ["videofacade_create", "videofacade_update"]}'

                curl -s -w '\\n' %1$s/v1/events -H 'Authorization: Bearer demo-token' -H 'Content-Type: application/json' -d '{"type": "videofacade_update", "player": {"uuid": "aXkbtFpbiqBpVeGAqUgN8T", "name": "Welcome"}}'

                curl -s -w '\\n' %1$s/demo/received
                """.formatted(address, managementPort);
    }
}
