package io.playhook.delivery.circuit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** A probe is one of many over time, and only the one that is out counts. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ProbesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Inject
    Circuits circuits;

    private int webhook;

    @BeforeEach
    void anOpenCircuitWhoseHoldIsOver() {
        // Paused, so that no worker takes the probe before the test does.
        webhook = Api.ofNewOrganization().register("http://127.0.0.1:1/");
        Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(webhook));
        Deliveries.query(
                "insert into circuits (webhook_id, state, since, open_until, hold_ms) values ($1, 'open', now(), now(), 1000)",
                Tuple.of(webhook));
        Deliveries.query("""
                insert into delivery_queue
                    (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
                values (gen_random_uuid(), $1, 0, '', '', 0, now(), now())
                """, Tuple.of(webhook));
    }

    @Test
    void whatALateProbeSaysIsNotTakenForAnother() {
        UUID first = take();
        lapse();
        UUID second = take();
        assertThat(second).isNotEqualTo(first);

        assertThat(circuits.close(webhook, first).await().atMost(PATIENCE)).isFalse();
        circuits.reopen(webhook, first, "refused").await().atMost(PATIENCE);
        circuits.giveProbesBack(Map.of(webhook, first)).await().atMost(PATIENCE);
        assertThat(state()).isEqualTo("half_open");

        assertThat(circuits.close(webhook, second).await().atMost(PATIENCE)).isTrue();
        assertThat(state()).isEqualTo("closed");
    }

    private UUID take() {
        return circuits.takeProbes(List.of(webhook)).await().atMost(PATIENCE).get(webhook);
    }

    private void lapse() {
        Deliveries.query("update circuits set open_until = now() where webhook_id = $1", Tuple.of(webhook));
    }

    private String state() {
        return Deliveries.query("select state from circuits where webhook_id = $1", Tuple.of(webhook))
                .get(0)
                .getString("state");
    }
}
