package io.playhook.dev;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.quarkus.arc.profile.IfBuildProfile;
import io.smallrye.mutiny.Uni;
import org.jboss.resteasy.reactive.RestResponse;

import io.playhook.client.PlayhookClient.PublishedEvent;

/** A receiver that shows what arrived, newest first. */
@Path("/demo")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.WILDCARD)
@IfBuildProfile("dev")
public class DemoReceiver {

    private static final int KEPT = 20;
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final int LOOKS = 30;
    private static final Deque<Received> RECEIVED = new ArrayDeque<>();

    private final Demo demo;

    DemoReceiver(Demo demo) {
        this.demo = demo;
    }

    /** A request as it arrived. */
    public record Received(
            Map<String, String> headers, @JsonRawValue String body) {}

    @POST
    @Path("/receiver")
    public void receive(String body, @Context HttpHeaders headers) {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.getRequestHeaders().forEach((name, values) -> byName.put(name, String.join(", ", values)));
        synchronized (RECEIVED) {
            RECEIVED.addFirst(new Received(byName, body));
            while (RECEIVED.size() > KEPT) {
                RECEIVED.removeLast();
            }
        }
    }

    /** What arrived; waits a moment where that is nothing yet, since the first delivery after a start takes longer. */
    @GET
    @Path("/received")
    public Uni<List<Received>> received() {
        return Uni.createFrom()
                .item(DemoReceiver::snapshot)
                .repeat()
                .withDelay(LOOK_EVERY)
                .atMost(LOOKS)
                .filter(received -> !received.isEmpty())
                .toUni()
                .onItem()
                .ifNull()
                .continueWith(List.of());
    }

    /** Registers the demo receiver and publishes an event to it, through the typed client. */
    @POST
    @Path("/run")
    public Uni<PublishedEvent> run() {
        return demo.run();
    }

    /** What the page's button does. */
    @POST
    @Path("/publish")
    public Uni<RestResponse<Void>> publish() {
        return demo.publish().map(event -> RestResponse.seeOther(URI.create("/")));
    }

    private static List<Received> snapshot() {
        synchronized (RECEIVED) {
            return List.copyOf(RECEIVED);
        }
    }
}
