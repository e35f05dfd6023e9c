package io.playhook.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

import io.vertx.core.json.JsonObject;

import io.playhook.bench.Deployment.Organization;

/**
 * What a page of each list costs where there are 10 million deliveries, by HTTP and one after the other. Most belong to one
 * organization with 100 webhooks; they are spread over the last three weeks, so that no page of the past is in memory by chance.
 *
 * <p>Arguments: {@code --deliveries=10000000}; {@code --jdk=/usr/lib/jvm/...}, for another Java of the service;
 * {@code --postgres=installed}.
 */
final class Lists implements AutoCloseable {

    private static final int WEBHOOKS = 100;
    private static final int OF_EACH_EVENT = 2;
    private static final int EVENTS_AT_ONCE = 2_000;
    private static final int WAITING = 500_000;
    private static final int PLAYERS = 100_000;
    private static final Duration AGE = Duration.ofDays(20);
    private static final int REQUESTS = 300;
    private static final int WARM_UP = 50;
    private static final Path TABLE = Path.of("target/bench/lists.md");

    // One in fifty fails, one in ten thousand is of a type that is rare.
    private static final String FILL = """
            with e as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                select (substr(first_id(at)::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid,
                       case when i %% 10 = 0 then %2$d else %1$d end,
                       case when i %% 10000 = 1 then 'playlist_destroy' else 'playlist_update' end,
                       'player-' || (random() * %3$d)::int, '{"uuid":"p","name":"' || repeat('x', 577) || '"}', at, at
                from (select i, ?::timestamptz + i * ?::interval as at from generate_series(0, ? - 1) i) t
                returning *
            )
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts, accepted_at,
                                    settled_at, last_started_at, last_duration_ms, last_outcome, last_status_code)
            select e.id, w.ids[1 + ((hashtext(e.id::text) & 1073741823) + n) %% array_length(w.ids, 1)], e.organization_id, e.type,
                   e.player_uuid, case when get_byte(uuid_send(e.id), 15) < 5 then 'failed' else 'delivered' end,
                   case when get_byte(uuid_send(e.id), 15) < 5 then 'all 11 attempts failed' end, 1, e.accepted_at, e.accepted_at,
                   e.accepted_at, 12, 'delivered', 200
            from e join (select organization_id, array_agg(id) as ids from webhooks group by 1) w using (organization_id)
            cross join generate_series(1, %4$d) n
            """;

    // They wait for a retry that is far away.
    private static final String WAIT = """
            insert into delivery_queue (event_id, webhook_id, organization_id, bytes, attempts, due_at, accepted_at, type, player_uuid)
            select event_id, webhook_id, organization_id, 600, 3, now() + interval '10 hours', accepted_at, type, player_uuid
            from deliveries where event_id >= first_id(now() - interval '20 days') order by event_id limit %d
            """;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Random random = new Random(1);
    private final Deployment deployment;
    private final Organization organization;
    private final Organization other;
    private final List<String> table = new ArrayList<>();
    private List<Integer> webhooks;
    private List<String> events;
    private List<String> deliveries;

    private Lists(List<String> arguments) throws Exception {
        Path folder = Files.createTempDirectory("playhook-lists-");
        Jvm jvm = Bench.jvm(arguments);
        boolean installed = Bench.value(arguments, "--postgres=")
                .filter("installed"::equals)
                .isPresent();
        deployment = installed ? Deployment.installed(folder, jvm) : Deployment.embedded(folder, jvm);
        organization = deployment.newOrganization(WEBHOOKS, 1, "/");
        other = deployment.newOrganization(WEBHOOKS, 1, "/");
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int count = Bench.value(named, "--deliveries=").map(Integer::parseInt).orElse(10_000_000);
        try (Lists lists = new Lists(named)) {
            lists.fill(count / OF_EACH_EVENT);
            lists.measure();
        }
    }

    private void fill(int count) throws SQLException {
        try (Connection connection = deployment.connect();
                Statement statement = connection.createStatement()) {
            for (int days = 22; days > 1; days -= 7) {
                statement.execute(
                        "select add_range(d, d + interval '7 days') from (select min(begins) - interval '7 days' as d"
                                + " from partition_ranges) oldest");
            }
            String sql = FILL.formatted(organization.id(), other.id(), PLAYERS, OF_EACH_EVENT);
            Instant first = Instant.now().minus(AGE);
            Duration step = AGE.dividedBy(count);
            try (PreparedStatement insert = connection.prepareStatement(sql)) {
                for (int done = 0; done < count; done += EVENTS_AT_ONCE) {
                    insert.setString(1, first.plus(step.multipliedBy(done)).toString());
                    insert.setString(2, step.toNanos() / 1_000 + " microseconds");
                    insert.setInt(3, Math.min(EVENTS_AT_ONCE, count - done));
                    insert.execute();
                    if (done % 1_000_000 == 0) {
                        Bench.say("%,d of %,d events are there".formatted(done + EVENTS_AT_ONCE, count));
                    }
                }
            }
            statement.execute(WAIT.formatted(WAITING));
            Bench.say("Vacuuming");
            statement.execute("vacuum (analyze) events, deliveries, delivery_queue");
            webhooks = numbers(statement, "select id from webhooks where organization_id = " + organization.id());
            events = texts(
                    statement,
                    "select event_id::text from deliveries tablesample system (0.01) where organization_id = "
                            + organization.id() + " limit 1000");
            deliveries = new ArrayList<>();
        }
    }

    private void measure() throws Exception {
        Bench.say("Warming up: this is not the table");
        measureAll();
        table.clear();
        measureAll();
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
    }

    private void measureAll() throws Exception {
        line("| list | p50, ms | p99, ms | items of a page |");
        line("| --- | --- | --- | --- |");
        page("/v1/webhooks", () -> "");
        page("/v1/deliveries", () -> "");
        page("/v1/deliveries?until=", () -> "until=" + someTime());
        page("/v1/deliveries?since=&until=", () -> "since=%s&until=%s".formatted(someTime(), someTime()));
        page("/v1/deliveries?webhook_id=", () -> "webhook_id=%d&until=%s".formatted(some(webhooks), someTime()));
        page("/v1/deliveries?webhook_id=&status=failed", () -> "status=failed&webhook_id=" + some(webhooks));
        page("/v1/deliveries?status=failed", () -> "status=failed&until=" + someTime());
        page("/v1/deliveries?status=waiting", () -> "status=waiting&until=" + someTime());
        page("/v1/deliveries?status=delivered", () -> "status=delivered&until=" + someTime());
        page("/v1/deliveries?type= (rare)", () -> "type=playlist_destroy&until=" + someTime());
        page("/v1/deliveries?event_id=", () -> "event_id=" + some(events));
        page("/v1/deliveries?player_uuid=", () -> "player_uuid=player-" + random.nextInt(PLAYERS));
        page("/v1/events", () -> "");
        page("/v1/events?since=", () -> "since=" + someTime());
        page("/v1/events?type= (rare)", () -> "type=playlist_destroy&since=" + someTime());
        page("/v1/events?player_uuid=", () -> "player_uuid=player-" + random.nextInt(PLAYERS));
        one("/v1/events/{id}", () -> "/v1/events/" + some(events));
        one("/v1/deliveries/{id}", () -> "/v1/deliveries/" + some(deliveries));
    }

    private void page(String name, Supplier<String> query) throws Exception {
        String path = name.replaceFirst("\\?.*", "");
        String[] items = {""};
        double[] times = times(() -> {
            String asked = query.get();
            JsonObject page = get(path + "?" + (asked.isEmpty() ? "limit=50" : asked));
            items[0] = Integer.toString(page.getJsonArray("data").size());
            page.getJsonArray("data").stream()
                    .map(item -> ((JsonObject) item).getString("delivery_id"))
                    .filter(id -> id != null && deliveries.size() < 1_000)
                    .forEach(deliveries::add);
        });
        row(name, times, items[0]);
    }

    private void one(String name, Supplier<String> path) throws Exception {
        row(name, times(() -> get(path.get())), "");
    }

    private double[] times(Runnable request) {
        double[] millis = new double[REQUESTS];
        for (int i = -WARM_UP; i < REQUESTS; i++) {
            long began = System.nanoTime();
            request.run();
            if (i >= 0) {
                millis[i] = (System.nanoTime() - began) / 1e6;
            }
        }
        Arrays.sort(millis);
        return millis;
    }

    private JsonObject get(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + deployment.port() + path))
                    .header("Authorization", "Bearer " + organization.token())
                    .build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + " answered " + response.statusCode() + ": " + response.body());
            }
            return new JsonObject(response.body());
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void row(String name, double[] sorted, String items) {
        line("| `%s` | %.1f | %.1f | %s |"
                .formatted(name, sorted[sorted.length / 2], sorted[sorted.length * 99 / 100], items));
    }

    private void line(String line) {
        table.add(line);
        Bench.say(line);
    }

    private String someTime() {
        return Instant.now().minusSeconds(random.nextInt((int) AGE.toSeconds())).toString();
    }

    private <T> T some(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static List<Integer> numbers(Statement statement, String query) throws SQLException {
        return texts(statement, query).stream().map(Integer::valueOf).toList();
    }

    private static List<String> texts(Statement statement, String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    @Override
    public void close() throws Exception {
        deployment.close();
    }
}
