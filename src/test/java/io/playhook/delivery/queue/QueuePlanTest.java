package io.playhook.delivery.queue;

import java.util.List;
import java.util.stream.Collectors;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A plan is kept for a prepared statement. Made while the queue is all but empty, as it is here, it must still be one that
 * walks indexes: else every look at the queue would read all of it once it has filled.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class QueuePlanTest {

    /** The embedded server can; where an older one is given, what is left untested is a plan, not a result. */
    @BeforeEach
    void theServerExplainsGenericPlans() {
        int version = Integer.parseInt(plan("show server_version_num"));
        assumeTrue(version >= 160_000, "EXPLAIN (GENERIC_PLAN) needs PostgreSQL 16");
    }

    @Test
    void findsDueWebhooksByIndex() {
        assertThat(plan("explain (generic_plan) " + DueWebhooks.FIND_DUE))
                .contains("due_webhooks_in_order")
                .doesNotContain("Seq Scan");
    }

    @Test
    void findsLapsedLeasesByIndex() {
        assertThat(plan("explain (generic_plan) " + DueWebhooks.FREE))
                .contains("delivery_queue_leased")
                .doesNotContain("Seq Scan");
    }

    @Test
    void putsOffAndCancelsByIndex() {
        for (String sql : List.of(DueWebhooks.PUT_OFF, DueWebhooks.CANCEL)) {
            assertThat(plan("explain (generic_plan) " + sql))
                    .contains("due_webhooks_")
                    .contains("delivery_queue_due")
                    .doesNotContain("Seq Scan");
        }
    }

    @Test
    void givesBackByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.GIVE_BACK))
                .contains("delivery_queue_pkey")
                .doesNotContain("delivery_queue_leased")
                .doesNotContain("Seq Scan");
    }

    @Test
    void claimsByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.CLAIM))
                .contains("delivery_queue_due")
                .containsPattern("events_\\d{8}_pkey")
                .contains("events_default_pkey")
                .doesNotContain("Seq Scan on delivery_queue")
                .doesNotContain("Seq Scan on events");
    }

    @Test
    void recordsByIndex() {
        assertThat(plan("explain (generic_plan) " + DeliveryQueue.RECORD))
                .contains("delivery_queue_pkey")
                .doesNotContain("delivery_queue_leased")
                .doesNotContain("Seq Scan on delivery_queue");
    }

    private static String plan(String explain) {
        return Deliveries.explain(explain).stream().map(row -> row.getString(0)).collect(Collectors.joining("\n"));
    }
}
