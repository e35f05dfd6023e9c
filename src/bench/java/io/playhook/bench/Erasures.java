package io.playhook.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import io.vertx.core.json.JsonObject;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * How long it takes to erase a million events of one player, each with an open delivery, and what that does to publishes of another
 * organization meanwhile.
 *
 * <p>Arguments: {@code --events=1000000}; {@code --rate=100}, publishes a second; {@code --jdk=...}, for another Java of the service.
 */
final class Erasures implements AutoCloseable {

    private static final double SECONDS = 10;
    private static final double WARM_UP_SECONDS = 20;
    private static final String P99 = "p99";
    private static final int MOST_SECONDS = 600;
    private static final Path TABLE = Path.of("target/bench/erasures.md");

    private static final String FILL = """
            with e as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select (left(first_id(at)::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, %1$d,
                       'playlist_update', 'a-player', '{"uuid":"a-player","name":"' || repeat('x', 577) || '"}', at, at
                from (select now() - i * interval '1 millisecond' as at from generate_series(%2$d, 1, -1) i) t
                returning *
            )
            insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
            select e.id, w.id, e.organization_id, e.type, e.player_uuid, octet_length(e.player), e.accepted_at, e.accepted_at
            from e join webhooks w using (organization_id)
            """;

    private final Load load = new Load();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Deployment deployment;
    private final Organization organization;
    private final Organization other;
    private final double rate;

    private Erasures(List<String> arguments) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-erasures-"), Bench.jvm(arguments));
        organization = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        other = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        rate = Bench.value(arguments, "--rate=").map(Double::parseDouble).orElse(100.0);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int events = Bench.value(named, "--events=").map(Integer::parseInt).orElse(1_000_000);
        try (Erasures erasures = new Erasures(named)) {
            erasures.fill(events);
            erasures.run();
        }
    }

    private void fill(int events) throws Exception {
        JsonObject webhooks = call("GET", "/v1/webhooks");
        call(
                "POST",
                "/v1/webhooks/%d/pause"
                        .formatted(
                                webhooks.getJsonArray("data").getJsonObject(0).getInteger("webhook_id")));
        Bench.say("Filling in %,d events".formatted(events));
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(FILL.formatted(organization.id(), events));
            statement.execute("vacuum analyze");
            statement.execute("checkpoint");
        }
    }

    private void run() throws Exception {
        publish(WARM_UP_SECONDS);
        Published quiet = publish(2 * SECONDS);
        long began = System.nanoTime();
        long erased = call("DELETE", "/v1/events?player_uuid=a-player").getLong("erased");
        double answered = (System.nanoTime() - began) / 1e9;
        CompletableFuture<Double> ended = CompletableFuture.supplyAsync(() -> whenDone(began));
        Figures figures = new Figures();
        while (!ended.isDone()) {
            double p99 = publish(SECONDS).p99();
            figures.add(P99, p99);
            Bench.say("%,d events have content still, p99 %.1f ms".formatted(left(), p99));
        }
        double lasted = ended.get();
        long left = left() + number("select count(*) from delivery_queue where organization_id = " + organization.id());
        List<String> table = List.of(
                "| events of the player | answered after s | all done within s | left over"
                        + " | p99 of 202 before | p99 of 202 meanwhile, median and worst of %.0f s |"
                                .formatted(SECONDS),
                "| --- | --- | --- | --- | --- | --- |",
                String.format(
                        Locale.ROOT,
                        "| %,d | %.1f | %.0f | %d | %.1f ms | %.1f, %.1f ms |",
                        erased,
                        answered,
                        lasted,
                        left,
                        quiet.p99(),
                        figures.median(P99),
                        figures.most(P99)));
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        table.forEach(System.out::println);
    }

    private double whenDone(long began) {
        try {
            while (number("select count(*) from erasures") > 0) {
                if (System.nanoTime() - began > MOST_SECONDS * 1e9) {
                    throw new IllegalStateException("It does not come to an end");
                }
                Thread.sleep(200);
            }
            return (System.nanoTime() - began) / 1e9;
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private long left() throws Exception {
        return number(
                "select count(*) from events where player is not null and organization_id = " + organization.id());
    }

    private Published publish(double seconds) throws Exception {
        return load.publish(List.of(deployment.port()), new Publishing(List.of(other.token()), 1, rate), seconds);
    }

    private long number(String sql) throws Exception {
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return found.getLong(1);
        }
    }

    private JsonObject call(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + deployment.port() + path))
                .header("Authorization", "Bearer " + organization.token())
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IllegalStateException(path + " answered " + response.statusCode() + ": " + response.body());
        }
        return new JsonObject(response.body());
    }

    @Override
    public void close() throws Exception {
        load.close();
        deployment.close();
    }
}
