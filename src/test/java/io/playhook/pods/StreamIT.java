package io.playhook.pods;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.playhook.testing.EventStream;
import io.playhook.testing.EventStream.Event;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** One listener hears of the attempts of all pods, also where its own is killed or stopped. */
class StreamIT {

    private static final int EACH = 200;

    @Test
    void hearsOfAllPodsAndGoesOnAtAnotherWhereItsOwnIsKilled() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.delivery.lease", "4s");
        try (Receiver receiver = new Receiver();
                Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration)) {
            Publisher publisher = Publisher.registered(a, receiver);
            List<Event> heard = new ArrayList<>();
            String last;
            try (EventStream stream = listen(a, publisher, "")) {
                for (int i = 0; i < EACH; i++) {
                    publisher.at(i % 2 == 0 ? a : b).publish().then().statusCode(202);
                }
                heard.addAll(stream.await(EACH / 2));
                a.kill();
                stream.awaitEnd();
                heard = new ArrayList<>(stream.events());
                last = heard.get(heard.size() - 1).id();
            }
            for (int i = 0; i < EACH; i++) {
                publisher.at(b).publish().then().statusCode(202);
            }

            try (EventStream stream = listen(b, publisher, last)) {
                heard.addAll(stream.await(2 * EACH - heard.size()));
            }

            assertThat(heard)
                    .hasSize(2 * EACH)
                    .extracting(event -> event.json().getString("delivery_id"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    @Timeout(120)
    void aPodThatStopsEndsItsStreamsAndWaitsForNone() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        // For as long it would wait for requests that are under way.
        configuration.put("quarkus.shutdown.timeout", "10m");
        try (Receiver receiver = new Receiver();
                Pod pod = Pod.start(configuration)) {
            Publisher publisher = Publisher.registered(pod, receiver);
            try (EventStream stream = listen(pod, publisher, "")) {
                publisher.publish().then().statusCode(202);
                stream.await(1);

                assertThat(pod.stop()).isIn(0, 143);

                stream.awaitEnd();
            }
        }
    }

    private static EventStream listen(Pod pod, Publisher publisher, String lastId) throws IOException {
        return EventStream.open("http://127.0.0.1:" + pod.port() + "/v1/deliveries/stream", publisher.token(), lastId);
    }
}
