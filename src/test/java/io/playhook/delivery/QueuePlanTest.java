package io.playhook.delivery;

import java.util.stream.Collectors;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A plan is kept for a prepared statement. Made while the queue is all but empty, as it is here, it must still be one that
 * walks indexes: else every look at the queue would read all of it once it has filled.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class QueuePlanTest {

    @Test
    void findsDueWebhooksByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.FIND_DUE))
                .contains("delivery_queue_due")
                .doesNotContain("Seq Scan on delivery_queue");
    }

    @Test
    void claimsByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.CLAIM))
                .contains("delivery_queue_due")
                .contains("delivery_queue_pkey")
                .contains("events_pkey")
                .doesNotContain("Seq Scan on delivery_queue")
                .doesNotContain("Seq Scan on events");
    }

    @Test
    void recordsByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.RECORD))
                .contains("delivery_queue_pkey")
                .doesNotContain("Seq Scan on delivery_queue");
    }

    private static String plan(String explain) {
        return Deliveries.explain(explain).stream().map(row -> row.getString(0)).collect(Collectors.joining("\n"));
    }
}
