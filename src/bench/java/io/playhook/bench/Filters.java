package io.playhook.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * What filters cost a publish: an organization with 10 webhooks that get each event, and one with 1,000 that filter, of which so
 * many match.
 *
 * <p>Arguments: {@code --webhooks=1000}; {@code --jdk=...}, for another Java of the service.
 */
final class Filters implements AutoCloseable {

    private static final double SECONDS = 20;
    private static final double WARM_UP_SECONDS = 15;
    private static final int FEW = 10;
    private static final Path TABLE = Path.of("target/bench/filters.md");

    private final Load load = new Load();
    private final Deployment deployment;
    private final List<String> table = new ArrayList<>();

    private Filters(List<String> arguments) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-filters-"), Bench.jvm(arguments));
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int webhooks = Bench.value(named, "--webhooks=").map(Integer::parseInt).orElse(1_000);
        try (Filters filters = new Filters(named)) {
            filters.run(webhooks);
        }
    }

    private void run(int webhooks) throws Exception {
        line("| webhooks of the organization | deliveries of an event | publishes/s | 202: p50 / p99 ms"
                + " | CPU ms a publish: service + PostgreSQL |");
        line("| --- | --- | --- | --- | --- |");
        row("%d, no filter".formatted(FEW), FEW, 50, organization(FEW, 0, 0));
        row("%,d with filters, none matches".formatted(webhooks), 0, 50, organization(0, webhooks, 0));
        row("%,d with filters, %d match".formatted(webhooks, FEW), FEW, 50, organization(0, webhooks, FEW));
        row("%,d with filters, all match".formatted(webhooks), webhooks, 2, organization(0, webhooks, webhooks));
        row("%,d, no filter".formatted(webhooks), webhooks, 2, organization(webhooks, 0, 0));
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
    }

    private Organization organization(int unfiltered, int filtered, int matching) throws Exception {
        return deployment.newOrganization(
                unfiltered + filtered,
                load.sinkPort(),
                "/",
                number -> number < unfiltered ? new JsonObject() : filter(number - unfiltered < matching));
    }

    private static JsonObject filter(boolean matches) {
        return new JsonObject()
                .put(
                        "filter",
                        new JsonObject()
                                .put("uuid", new JsonObject().put("prefix", matches ? "player-" : "other-"))
                                .put("state", new JsonObject().put("exists", false))
                                .put("name", new JsonObject().put("exists", true))
                                .put(
                                        "owner.teams",
                                        matches
                                                ? new JsonObject().put("exists", false)
                                                : new JsonArray(List.of("news", "sport"))));
    }

    private void row(String name, int deliveries, double rate, Organization organization) throws Exception {
        steady(organization, rate, WARM_UP_SECONDS);
        Used before = deployment.used();
        Published published = steady(organization, rate, SECONDS);
        Used used = deployment.used().since(before);
        line(
                "| %s | %,d | %.0f | %.1f / %.1f | %.1f + %.1f |",
                name,
                deliveries,
                published.events() / published.seconds(),
                published.p50(),
                published.p99(),
                1_000 * used.service() / published.events(),
                1_000 * used.postgres() / published.events());
        Bench.say(table.get(table.size() - 1));
    }

    private Published steady(Organization organization, double rate, double seconds) throws Exception {
        return load.publish(
                List.of(deployment.port()), new Publishing(List.of(organization.token()), 1, rate), seconds);
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
