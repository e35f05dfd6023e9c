package io.playhook.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.vertx.core.json.JsonObject;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Arrivals;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * What a replay of 100,000 deliveries does to fresh events: of the same webhook, and of another organization's. Rounds without and
 * with a replay take turns, so that what else changes is the same for both.
 *
 * <p>Arguments: {@code --deliveries=100000}; {@code --rounds=3}; {@code --rate=100}, fresh events a second; {@code --jdk=...}, for
 * another Java of the service.
 */
final class Replays implements AutoCloseable {

    private static final double SECONDS = 20;
    private static final double WARM_UP_SECONDS = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path TABLE = Path.of("target/bench/replays.md");

    private static final String FILL = """
            with e as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, %1$d,
                       'playlist_update', 'player-' || i, '{"uuid":"p","name":"' || repeat('x', 577) || '"}', at, at
                from (select i, now() - interval '1 hour' + i * interval '20 milliseconds' as at
                      from generate_series(1, %2$d) i) t
                returning *
            )
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts, accepted_at,
                                    settled_at, last_started_at, last_duration_ms, last_outcome, last_status_code)
            select e.id, w.id, e.organization_id, e.type, e.player_uuid, 'failed', 'all 11 attempts failed', 11, e.accepted_at,
                   e.accepted_at, e.accepted_at, 12, 'rejected', 500
            from e join webhooks w using (organization_id)
            """;

    private final Load load = new Load();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Deployment deployment;
    private final Organization organization;
    private final Organization other;
    private final int webhook;
    private final double rate;
    private final List<String> table = new ArrayList<>();

    private Replays(List<String> arguments) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-replays-"), Bench.jvm(arguments));
        organization = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        other = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        webhook = call("GET", "/v1/webhooks", null)
                .getJsonArray("data")
                .getJsonObject(0)
                .getInteger("webhook_id");
        rate = Bench.value(arguments, "--rate=").map(Double::parseDouble).orElse(100.0);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int count = Bench.value(named, "--deliveries=").map(Integer::parseInt).orElse(100_000);
        int rounds = Bench.value(named, "--rounds=").map(Integer::parseInt).orElse(3);
        try (Replays replays = new Replays(named)) {
            replays.fill(count);
            replays.run(rounds);
        }
    }

    private void fill(int count) throws Exception {
        Bench.say("Filling in %,d failed deliveries".formatted(count));
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(FILL.formatted(organization.id(), count));
            statement.execute("vacuum analyze");
        }
    }

    private void run(int rounds) throws Exception {
        line("| fresh events of | replay | 202: p50 / p99 ms | 202 to arrival: p50 / p99 ms | replayed/s"
                + " | CPU, %% of a core: service + PostgreSQL |");
        line("| --- | --- | --- | --- | --- | --- |");
        Bench.say("Warming up");
        steady(organization, WARM_UP_SECONDS);
        int warm = begin();
        steady(organization, WARM_UP_SECONDS);
        cancel(warm);
        double[][] answers = new double[4][rounds];
        double[][] arrivals = new double[4][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int who = 0; who < 2; who++) {
                Organization fresh = who == 0 ? organization : other;
                String name = who == 0 ? "its webhook" : "another's webhook";
                for (int runs = 0; runs < 2; runs++) {
                    int replay = runs == 1 ? begin() : 0;
                    Steady steady = row(name, runs == 1 ? "runs" : "none", fresh);
                    answers[2 * who + runs][round] = steady.published().p99();
                    arrivals[2 * who + runs][round] = steady.arrivals()[1];
                    if (runs == 1) {
                        cancel(replay);
                    }
                }
            }
        }
        line("");
        for (int who = 0; who < 2; who++) {
            String name = who == 0 ? "its webhook" : "another's webhook";
            compare("202", name, answers[2 * who], answers[2 * who + 1]);
            compare("202 to arrival", name, arrivals[2 * who], arrivals[2 * who + 1]);
        }
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
    }

    private void compare(String what, String name, double[] without, double[] with) {
        line(
                "p99 of %s, %s, median of rounds: %.1f ms without a replay, %.1f with one: %.2f times",
                what, name, median(without), median(with), median(with) / median(without));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private Steady row(String name, String replay, Organization fresh) throws Exception {
        Used before = deployment.used();
        long arrivedBefore = load.arrived();
        long began = System.nanoTime();
        Steady steady = steady(fresh, SECONDS);
        Used used = deployment.used().since(before);
        double seconds = (System.nanoTime() - began) / 1e9;
        line(
                "| %s | %s | %.1f / %.1f | %.1f / %.1f | %,.0f | %.0f + %.0f |",
                name,
                replay,
                steady.published().p50(),
                steady.published().p99(),
                steady.arrivals()[0],
                steady.arrivals()[1],
                (load.arrived() - arrivedBefore - steady.published().events()) / seconds,
                100 * used.service() / used.seconds(),
                100 * used.postgres() / used.seconds());
        Bench.say(table.get(table.size() - 1));
        return steady;
    }

    private record Steady(Published published, double[] arrivals) {}

    private Steady steady(Organization fresh, double seconds) throws Exception {
        load.note();
        Published published =
                load.publish(List.of(deployment.port()), new Publishing(List.of(fresh.token()), 1, rate), seconds);
        // What is replayed arrives at the same path.
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Arrivals arrivals = load.arrivals();
        while (!arrivals.at().fieldNames().containsAll(published.acceptedAt().fieldNames())) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Fresh events have not come within " + PATIENCE);
            }
            Thread.sleep(200);
            arrivals = load.arrivals();
        }
        return new Steady(published, arrivals.percentilesSince(published.acceptedAt()));
    }

    private int begin() throws Exception {
        int replay = call(
                        "POST",
                        "/v1/webhooks/" + webhook + "/replays",
                        new JsonObject().put("since", "2020-01-01T00:00:00Z"))
                .getInteger("replay_id");
        while (call("GET", "/v1/replays/" + replay, null).getInteger("total") == null) {
            Thread.sleep(100);
        }
        return replay;
    }

    private void cancel(int replay) throws Exception {
        JsonObject canceled = call("DELETE", "/v1/replays/" + replay, null);
        if (!canceled.getString("status").equals("canceled")) {
            throw new IllegalStateException("The replay had ended before it was measured: " + canceled);
        }
    }

    private JsonObject call(String method, String path, JsonObject body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + deployment.port() + path))
                .header("Authorization", "Bearer " + organization.token())
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IllegalStateException(path + " answered " + response.statusCode() + ": " + response.body());
        }
        return new JsonObject(response.body());
    }

    private void line(String format, Object... arguments) {
        table.add(String.format(Locale.ROOT, format, arguments));
    }

    @Override
    public void close() throws Exception {
        load.close();
        deployment.close();
    }
}
