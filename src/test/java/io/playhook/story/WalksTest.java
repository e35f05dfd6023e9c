package io.playhook.story;

import java.util.List;

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

/** What is asked of one event, or of the last minutes, costs the same however much waits for the organization's webhooks. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class WalksTest {

    private static final int WAITING = 30_000;

    /** The index has more than a hundred for those that wait; to find a place in it takes a few. */
    private static final long A_FEW_BLOCKS = 60;

    @Inject
    ServerStatistics statistics;

    private Api api;
    private String first;
    private String last;
    private String justBefore;

    @BeforeEach
    void anOrganizationWithABacklog() {
        api = Api.ofNewOrganization();
        int webhook = api.register("http://127.0.0.1:1/");
        api.request().post("/v1/webhooks/{id}/pause", webhook).then().statusCode(200);
        first = api.publish("first").path("event_id");
        Deliveries.query("""
                insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
                select (left(first_id(now())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1, $2,
                       'videofacade_update', 'a-player', 2, now(), now() - interval '1 hour'
                from generate_series(1, $3::int)
                """, Tuple.of(webhook, api.organizationId(), WAITING));
        // Beyond what clocks may differ by.
        Deliveries.query("select pg_sleep(2.5)", Tuple.tuple());
        justBefore = (String) Deliveries.query(
                        "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as now",
                        Tuple.tuple())
                .get(0)
                .getString("now");
        last = api.publish("last").path("event_id");
    }

    @Test
    void noneOfThemWalksTheBacklog() {
        for (String path : List.of(
                "/v1/events/" + first,
                "/v1/events/" + last,
                "/v1/deliveries?event_id=" + first,
                "/v1/deliveries?player_uuid=first",
                "/v1/deliveries?since=" + justBefore)) {
            assertThat(blocksReadBy(() -> api.request().get(path).then().statusCode(200)))
                    .as(path)
                    .isLessThan(A_FEW_BLOCKS);
        }
        assertThat(blocksReadBy(() -> api.request()
                        .delete("/v1/events?player_uuid=first")
                        .then()
                        .statusCode(202)))
                .as("erasure")
                .isLessThan(A_FEW_BLOCKS);
    }

    /** The least of a few times: a vacuum reads all of it meanwhile, once. */
    private long blocksReadBy(Runnable work) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long before = blocksRead();
            work.run();
            least = Math.min(least, blocksRead() - before);
        }
        return least;
    }

    private long blocksRead() {
        statistics.flush();
        return Deliveries.query(
                        "select idx_blks_hit + idx_blks_read as blocks from pg_statio_user_indexes"
                                + " where indexrelname = 'delivery_queue_of_organization'",
                        Tuple.tuple())
                .get(0)
                .getLong("blocks");
    }
}
