package io.playhook.delivery.circuit;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ReceiverHealthTest {

    /** Ten times as many as there are connections for deliveries. */
    private static final int FAILING = 60;

    private static final String REFUSED = "http://127.0.0.1:9/";

    @Test
    void receiversThatFailTogetherLeaveConnectionsForTheDeliveriesOfOthers() {
        Api failing = Api.ofNewOrganization();
        for (int i = 0; i < FAILING; i++) {
            failing.register(REFUSED);
        }
        Tuple organization = Tuple.of(failing.organizationId());
        Deliveries.query(
                "insert into circuits (webhook_id, state, since)"
                        + " select id, 'closed', now() from webhooks where organization_id = $1",
                organization);

        try (Receiver receiver = new Receiver()) {
            Api healthy = Api.ofNewOrganization();
            healthy.register(receiver.url());
            Deliveries.whileLocked(
                    "select from circuits where webhook_id in (select id from webhooks where organization_id = %d)"
                                    .formatted(failing.organizationId())
                            + " for update",
                    () -> {
                        Deliveries.awaitAttempt(failing.publish("a-player").path("event_id"));
                        assertThat(Deliveries.awaitSettled(
                                                healthy.publish("a-player").path("event_id"))
                                        .status())
                                .isEqualTo("delivered");
                    });
        }
    }
}
