package io.playhook.delivery.worker;

import java.time.Duration;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DeliveryRoundOnDatabaseTest {

    @Inject
    DeliveryRound round;

    @Test
    void aRoundThatSawNothingButWhatCanNotBeSentIsFollowedAtOnce() {
        int webhookId = Api.ofNewOrganization().register("http://127.0.0.1:9/");
        Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhookId));

        // The service makes rounds of its own, and may be faster.
        Awaitility.await().until(() -> {
            Deliveries.query(
                    "insert into due_webhooks select $1, now() from generate_series(1, 1100)", Tuple.of(webhookId));
            return round.make(Duration.ofSeconds(2)).await().indefinitely().more();
        });
    }
}
