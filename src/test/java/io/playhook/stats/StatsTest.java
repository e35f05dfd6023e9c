package io.playhook.stats;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class StatsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Receiver receiver;
    private Api api;

    @BeforeEach
    void anOrganization() {
        receiver = new Receiver();
        api = Api.ofNewOrganization();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void countsAttemptsAndWhatBecameOfDeliveries() {
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("0s"), "timeout_ms", 5_000));
        // The first succeeds at its second attempt, the next two at once, and the last never.
        receiver.answers(Answer.inTurn(500, 200, 200, 200, 500, 500));
        api.publish("p");
        receiver.await(2);
        api.publish("p");
        receiver.await(3);
        api.publish("p");
        receiver.await(4);
        api.publish("p");
        receiver.await(6);

        JsonPath stats = awaitStats(webhook, "deliveries.failed", 1);

        assertThat(stats.<Map<String, Object>>get("deliveries"))
                .isEqualTo(Map.of("delivered", 3, "failed", 1, "canceled", 0, "superseded", 0, "waiting", 0));
        assertThat(stats.getDouble("success_rate")).isEqualTo(0.75);
        assertThat(stats.getList("hours.attempts", Integer.class).stream()
                        .mapToInt(n -> n)
                        .sum())
                .isEqualTo(6);
        assertThat(stats.getList("hours.delivered", Integer.class).stream()
                        .mapToInt(n -> n)
                        .sum())
                .isEqualTo(3);
        assertThat(stats.getList("hours.failed", Integer.class).stream()
                        .mapToInt(n -> n)
                        .sum())
                .isEqualTo(1);
        assertThat(stats.getLong("attempt_ms.p50")).isBetween(0L, 5_000L);
        assertThat(stats.getLong("accepted_to_delivered_ms.p99")).isBetween(0L, 20_000L);
    }

    @Test
    void measuresHowLongAttemptsTake() {
        int webhook = api.register(receiver.url());
        receiver.answers((n, request, response) -> io.vertx.core.Vertx.currentContext()
                .owner()
                .setTimer(300, timer -> response.setStatusCode(200).end()));
        api.publish("p");

        JsonPath stats = awaitStats(webhook, "deliveries.delivered", 1);

        for (String percentile : List.of("attempt_ms.p50", "attempt_ms.p99", "accepted_to_delivered_ms.p50")) {
            assertThat(stats.getLong(percentile)).as(percentile).isBetween(280L, 10_000L);
        }
    }

    @Test
    void countsWhatWasSupersededCanceledAndWhatWaits() {
        int coalescing = api.register(receiver.url(), Map.of("coalesce_ms", 3_600_000));
        int waiting = api.register(receiver.url());
        api.request().post("/v1/webhooks/{id}/pause", waiting).then().statusCode(200);
        for (int i = 0; i < 4; i++) {
            api.publish("the-same");
        }

        JsonPath stats = awaitStats(coalescing, "deliveries.superseded", 3);
        assertThat(stats.getInt("deliveries.waiting")).isEqualTo(1);
        assertThat(stats.<Object>get("success_rate")).isNull();
        assertThat(stats.<Object>get("attempt_ms.p50")).isNull();
        assertThat(stats(waiting, "").getInt("deliveries.waiting")).isEqualTo(4);

        // What is gone is not shown, and yet counted.
        api.request().delete("/v1/webhooks/{id}", waiting).then().statusCode(200);
        Awaitility.await("canceled")
                .atMost(PATIENCE)
                .until(() -> Deliveries.query(
                                        "select canceled from webhook_hours where webhook_id = $1 and canceled > 0",
                                        Tuple.of(waiting))
                                .stream()
                                .mapToInt(row -> row.getInteger(0))
                                .sum()
                        == 4);
    }

    @Test
    void showsWholeHoursAndEachOfThem() {
        int webhook = api.register(receiver.url());
        Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
        for (int i = 0; i < 30; i++) {
            Deliveries.query(
                    """
                    insert into webhook_hours (webhook_id, hour, attempts, delivered, failed, attempt_ms, delivery_ms)
                    values ($1, $2, 10, $3, 1, array[5, 9, 10, 1], array[7, $3])""", Tuple.of(webhook, hour.minus(i, ChronoUnit.HOURS).atOffset(java.time.ZoneOffset.UTC), i));
        }

        JsonPath usual = stats(webhook, "");
        assertThat(usual.getList("hours")).hasSizeBetween(24, 26);
        assertThat(Instant.parse(usual.getString("since")))
                .isBeforeOrEqualTo(Instant.now().minus(24, ChronoUnit.HOURS));

        JsonPath three = stats(
                webhook, "?since=" + hour.minus(170, ChronoUnit.MINUTES) + "&until=" + hour.plus(1, ChronoUnit.MILLIS));
        assertThat(three.getString("since"))
                .isEqualTo(hour.minus(3, ChronoUnit.HOURS).toString());
        assertThat(three.getString("until"))
                .isEqualTo(hour.plus(1, ChronoUnit.HOURS).toString());
        assertThat(three.getList("hours.hour", String.class))
                .containsExactly(
                        hour.minus(3, ChronoUnit.HOURS).toString(),
                        hour.minus(2, ChronoUnit.HOURS).toString(),
                        hour.minus(1, ChronoUnit.HOURS).toString(),
                        hour.toString());
        assertThat(three.getList("hours.delivered", Integer.class)).containsExactly(3, 2, 1, 0);
        assertThat(three.getInt("deliveries.delivered")).isEqualTo(6);
        assertThat(three.getDouble("success_rate")).isEqualTo(0.6);
        assertThat(three.getInt("attempt_ms.p50")).isEqualTo(5);
        assertThat(three.getInt("attempt_ms.p95")).isEqualTo(10);
        assertThat(three.getInt("accepted_to_delivered_ms.p50")).isEqualTo(7);
        JsonPath past = stats(webhook, "?since=2020-01-01T00:00:00Z&until=2020-01-01T02:00:00Z");
        assertThat(past.getList("hours.attempts", Integer.class)).containsExactly(0, 0);
        assertThat(past.<Object>get("hours[0].attempt_ms.p50")).isNull();
    }

    @Test
    void addsUpWhatTwoPodsCount() {
        int webhook = api.register(receiver.url());
        Deliveries.query("""
                insert into webhook_hours (webhook_id, hour, attempts, delivered, attempt_ms)
                values ($1, date_trunc('hour', now(), 'UTC'), 2, 2, array[0, 1, 200, 1])""", Tuple.of(webhook));
        api.publish("p");

        awaitStats(webhook, "deliveries.delivered", 3);

        String pairs = Deliveries.query(
                        "select attempt_ms::text from webhook_hours where webhook_id = $1", Tuple.of(webhook))
                .get(0)
                .getString(0);
        assertThat(pairs).endsWith(",200,1}");
    }

    /** As after hours in which nothing could be added. */
    @Test
    void addsWhatWasNotedLongAgo() {
        int webhook = api.register(receiver.url());
        Deliveries.query("""
                insert into settled_otherwise
                select $1, now() - i * interval '1 hour', 'canceled' from generate_series(0, 2) i, generate_series(1, 100)""", Tuple.of(webhook));

        awaitStats(webhook, "deliveries.canceled", 300);
        assertThat(Deliveries.query(
                        "select from webhook_hours where webhook_id = $1 and canceled = 100", Tuple.of(webhook)))
                .hasSize(3);
        assertThat(Deliveries.query("select from settled_otherwise where webhook_id = $1", Tuple.of(webhook)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "until, since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "until, since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since, since=2026-01-01T00:00:00Z&until=2026-02-03T00:00:00Z",
        "since, since=yesterday",
        "until, until=1",
        "since, since=2026-01-01T00:00:00Z&since=2026-01-01T00:00:00Z"
    })
    void refusesAWindowThatIsNone(String field, String query) {
        int webhook = api.register(receiver.url());

        api.request()
                .get("/v1/webhooks/" + webhook + "/stats?" + query)
                .then()
                .statusCode(400)
                .body("errors", hasSize(1))
                .body("errors[0].field", equalTo(field));
    }

    @Test
    void aWindowInTheFutureIsEmpty() {
        int webhook = api.register(receiver.url());

        api.request()
                .get("/v1/webhooks/" + webhook + "/stats?since=2100-01-01T00:00:00Z")
                .then()
                .statusCode(200)
                .body("hours", hasSize(1))
                .body("success_rate", nullValue());
    }

    private JsonPath awaitStats(int webhook, String field, int value) {
        Awaitility.await(field + " of webhook " + webhook)
                .atMost(PATIENCE)
                .until(() -> stats(webhook, "").getInt(field) == value);
        return stats(webhook, "");
    }

    private JsonPath stats(int webhook, String query) {
        return api.request()
                .get("/v1/webhooks/" + webhook + "/stats" + query)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }
}
