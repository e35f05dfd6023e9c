package io.playhook.pods;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** Webhooks that allow fewer requests at once than there are pods: one pod or the other may send them nothing. */
class SharesIT {

    private static final int WEBHOOKS = 8;

    @Test
    void whatAPodMayNotSendIsSentAtOnceByOneThatMay() throws IOException {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        // Whatever is not told goes out in an hour.
        configuration.put("playhook.delivery.poll-interval", "1h");
        List<Receiver> receivers = new ArrayList<>();
        try (Pod a = Pod.start(configuration);
                Pod b = Pod.start(configuration)) {
            Awaitility.await("both pods know of each other")
                    .until(() -> a.log().contains("of 2") && b.log().contains("of 2"));
            Publisher publisher = Publisher.on(a);
            for (int i = 0; i < WEBHOOKS; i++) {
                Receiver receiver = new Receiver();
                receivers.add(receiver);
                publisher.register(receiver, Map.of("max_concurrency", 1));
            }
            for (int round = 1; round <= 3; round++) {
                publisher.publish(1);
                publisher.at(b).publish(1);
                for (Receiver receiver : receivers) {
                    assertThat(receiver.await(2 * round)).hasSize(2 * round);
                }
            }
        } finally {
            receivers.forEach(Receiver::close);
        }
    }
}
