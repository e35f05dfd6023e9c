package io.playhook.story;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** Many webhooks at once whose circuits are to be probed, or that have ended: more than one statement takes. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ManyInTroubleTest {

    private static final int WEBHOOKS = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void hundredsOfCircuitsWhoseHoldsEndTogetherAreProbedAndClosed() {
        try (Receiver receiver = new Receiver()) {
            Api api = Api.ofNewOrganization();
            copies(api.register(receiver.url()));
            Deliveries.query("""
                    insert into circuits (webhook_id, state, since, open_until, hold_ms)
                    select id, 'open', now(), now() + interval '3 seconds', 1000 from webhooks where organization_id = $1
                    """, of(api));
            api.publish("p");

            assertThat(receiver.await(WEBHOOKS))
                    .extracting(request -> request.header("X-Playhook-Delivery"))
                    .doesNotHaveDuplicates();
            Awaitility.await("all closed").atMost(PATIENCE).until(() -> count("""
                    select count(*) from circuits c join webhooks w on w.id = c.webhook_id
                    where w.organization_id = $1 and c.state = 'closed'
                    """, api) == WEBHOOKS);
        }
    }

    @Test
    void whatHundredsOfEndedWebhooksHaveOpenIsCanceledThoughItIsMoreThanOneStatementTakes() {
        Api api = Api.ofNewOrganization();
        int first = api.register("http://127.0.0.1:9/");
        Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(first));
        copies(first);
        api.publish("p");
        Deliveries.query("""
                insert into delivery_queue
                    (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
                select gen_random_uuid(), w.id, w.organization_id, '', '', 0, now(), now()
                from webhooks w, generate_series(1, 19) where w.organization_id = $1
                """, of(api));

        Deliveries.query("update webhooks set status = 'deleted' where organization_id = $1", of(api));
        Deliveries.query("insert into due_webhooks select id, now() from webhooks where organization_id = $1", of(api));

        Awaitility.await("all canceled")
                .atMost(PATIENCE)
                .until(() -> count("select count(*) from delivery_queue where organization_id = $1", api) == 0);
        assertThat(count("select count(*) from deliveries where organization_id = $1 and status = 'canceled'", api))
                .isEqualTo(WEBHOOKS * 20);
    }

    @Test
    void thousandsThatAreLookedAtForNothingDelayNoOther() {
        try (Receiver receiver = new Receiver().answers(Answer.inTurn(503, 200))) {
            Api idle = Api.ofNewOrganization();
            int first = idle.register("http://127.0.0.1:9/");
            for (int i = 0; i < 4; i++) {
                copies(first);
            }
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
            // As after a while in which all their circuits closed.
            Deliveries.query(
                    "insert into due_webhooks select id, now() from webhooks where organization_id = $1", of(idle));

            api.publish("p");

            assertThat(receiver.await(2)).hasSize(2);
        }
    }

    private static void copies(int webhookId) {
        Deliveries.query("""
                insert into webhooks (organization_id, version, url, security_key, event_subscriptions, settings, status,
                                      created_at, updated_at)
                select organization_id, version, url, security_key, event_subscriptions, settings, status,
                       created_at, updated_at
                from webhooks, generate_series(2, $2) where id = $1
                """, Tuple.of(webhookId, WEBHOOKS));
    }

    private static long count(String sql, Api api) {
        return Deliveries.query(sql, of(api)).get(0).getLong(0);
    }

    private static Tuple of(Api api) {
        return Tuple.of(api.organizationId());
    }
}
