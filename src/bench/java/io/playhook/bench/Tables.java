package io.playhook.bench;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * How long it takes to export a million deliveries from a service with 256 MiB of heap, and what that does to publishes of another
 * organization meanwhile. An export of each format that is not counted comes first: what is measured is how exports go, and not how
 * code is compiled.
 *
 * <p>Arguments: {@code --deliveries=1000000}; {@code --rate=100}, publishes a second; {@code --jdk=...}, for another Java of the
 * service.
 */
final class Tables implements AutoCloseable {

    private static final double SECONDS = 10;
    private static final double WARM_UP_SECONDS = 20;

    /** Before each export, and after it. */
    private static final int QUIET_WINDOWS = 4;

    private static final String WITHOUT = "without";
    private static final String MEANWHILE = "meanwhile";
    private static final int WARM_UP_ROWS = 50_000;
    private static final List<String> TYPES =
            List.of("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    private static final Path TABLE = Path.of("target/bench/tables.md");

    private static final String FILL = """
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at, settled_at,
                                    last_started_at, last_duration_ms, last_outcome, last_status_code)
            select (left(first_id(at)::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, w.id, w.organization_id,
                   'playlist_update', 'player-' || i, 'delivered', 1, at, at, at, 12, 'delivered', 200
            from (select i, now() - interval '6 hours' + i * interval '20 milliseconds' as at from generate_series(1, %2$d) i) t
            cross join webhooks w where w.organization_id = %1$d
            """;

    private final Load load = new Load();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Deployment deployment;
    private final Organization organization;
    private final Organization other;
    private final double rate;
    private final List<String> table = new ArrayList<>();

    private Tables(List<String> arguments) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-tables-"), Bench.jvm(arguments));
        organization = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        other = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        rate = Bench.value(arguments, "--rate=").map(Double::parseDouble).orElse(100.0);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int deliveries =
                Bench.value(named, "--deliveries=").map(Integer::parseInt).orElse(1_000_000);
        try (Tables tables = new Tables(named)) {
            tables.fill(deliveries);
            tables.run();
        }
    }

    private void fill(int deliveries) throws Exception {
        Bench.say("Filling in %,d deliveries".formatted(deliveries));
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(FILL.formatted(organization.id(), deliveries));
            statement.execute("vacuum analyze");
            statement.execute("checkpoint");
        }
    }

    private void run() throws Exception {
        table.add(
                "| format | s | MB | p99 of 202 without it, median (least to most) of %1$.0f s | p99 of 202 meanwhile, the same |"
                        .formatted(SECONDS));
        table.add("| --- | --- | --- | --- | --- |");
        publish(WARM_UP_SECONDS);
        for (String type : TYPES) {
            read(type, "?limit=" + WARM_UP_ROWS);
        }
        for (String type : TYPES) {
            export(type);
        }
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        table.forEach(System.out::println);
    }

    private void export(String type) throws Exception {
        Figures p99s = new Figures();
        quiet(p99s);
        long began = System.nanoTime();
        CompletableFuture<Double> ended = new CompletableFuture<>();
        long[] bytes = new long[1];
        Thread reader = new Thread(() -> {
            try {
                bytes[0] = read(type, "");
                ended.complete((System.nanoTime() - began) / 1e9);
            } catch (Exception e) {
                ended.completeExceptionally(e);
            }
        });
        reader.start();
        while (!ended.isDone()) {
            p99s.add(MEANWHILE, p99());
        }
        double seconds = ended.get();
        quiet(p99s);
        table.add(String.format(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %s | %s |",
                type,
                seconds,
                bytes[0] / 1e6,
                spread(p99s, WITHOUT),
                spread(p99s, MEANWHILE)));
    }

    private void quiet(Figures p99s) throws Exception {
        for (int i = 0; i < QUIET_WINDOWS; i++) {
            p99s.add(WITHOUT, p99());
        }
    }

    private double p99() throws Exception {
        double p99 = publish(SECONDS).p99();
        Bench.say("p99 %.1f ms".formatted(p99));
        return p99;
    }

    private static String spread(Figures figures, String name) {
        return String.format(
                Locale.ROOT, "%.1f (%.1f to %.1f) ms", figures.median(name), figures.least(name), figures.most(name));
    }

    private long read(String type, String query) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + deployment.port() + "/v1/deliveries" + query))
                .header("Authorization", "Bearer " + organization.token())
                .header("Accept", type)
                .build();
        HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IllegalStateException("Answered " + response.statusCode());
        }
        try (InputStream body = response.body()) {
            return body.transferTo(OutputStream.nullOutputStream());
        }
    }

    private Published publish(double seconds) throws Exception {
        return load.publish(List.of(deployment.port()), new Publishing(List.of(other.token()), 1, rate), seconds);
    }

    @Override
    public void close() throws Exception {
        load.close();
        deployment.close();
    }
}
