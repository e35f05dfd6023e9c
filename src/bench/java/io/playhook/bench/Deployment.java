package io.playhook.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import io.playhook.delivery.queue.ClaimCost;
import io.playhook.dev.EmbeddedDatabase;
import io.playhook.testing.RealPostgres;

/**
 * What is measured: a PostgreSQL of its own, and the packaged service as a process of its own, or as several, with the image's
 * settings.
 */
final class Deployment implements AutoCloseable {

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final String DATABASE = "bench";
    private static final String ADMIN_TOKEN = "admin-of-the-benchmark";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, String> database;
    private final AutoCloseable server;
    private final Path postmasterPid;
    private final Jvm jvm;
    private final List<Pod> pods = new ArrayList<>();

    private Deployment(Map<String, String> database, AutoCloseable server, Path postmasterPid, Jvm jvm)
            throws Exception {
        this.database = database;
        this.server = server;
        this.postmasterPid = postmasterPid;
        this.jvm = jvm;
        addPod();
    }

    /** A process of the service. */
    private record Pod(Process process, int port) {}

    /** Starts one more process of the service, and waits until it is ready. */
    void addPod() throws Exception {
        // The first one makes the tables.
        pods.add(startPod(jvm, freePort(), pods.isEmpty()));
    }

    private Pod startPod(Jvm jvm, int port, boolean migrate) throws Exception {
        int managementPort = freePort();
        Process process = startService(port, managementPort, jvm, migrate);
        awaitReady(process, managementPort);
        return new Pod(process, port);
    }

    /** Stops the service, and starts it anew as one process; gives how long it takes from then until it is ready. */
    Duration restart(Jvm jvm) throws Exception {
        int port = port();
        stop();
        long began = System.nanoTime();
        pods.add(startPod(jvm, port, false));
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Stops the service as a cluster would. */
    void stop() throws InterruptedException {
        for (Pod pod : pods) {
            pod.process.destroy();
            pod.process.waitFor();
        }
        pods.clear();
    }

    /** With the PostgreSQL that the tests bring along. */
    static Deployment embedded(Path folder, Jvm jvm) throws Exception {
        Path data = folder.resolve("data");
        EmbeddedDatabase server = EmbeddedDatabase.startIn(data).createDatabase(DATABASE);
        return new Deployment(server.configuration(DATABASE), server::stop, data.resolve("postmaster.pid"), jvm);
    }

    /** With the PostgreSQL that the machine's distribution packs, with its defaults. */
    static Deployment installed(Path folder, Jvm jvm) throws Exception {
        RealPostgres server = RealPostgres.start(folder, null);
        server.createDatabase(DATABASE, DATABASE, DATABASE);
        Map<String, String> database = Map.of(
                "playhook.db.host", "127.0.0.1",
                "playhook.db.port", Integer.toString(server.port()),
                "playhook.db.name", DATABASE,
                "playhook.db.user", DATABASE,
                "playhook.db.password", DATABASE);
        return new Deployment(database, server, folder.resolve("postgres/data/postmaster.pid"), jvm);
    }

    private Process startService(int port, int managementPort, Jvm jvm, boolean migrate) throws IOException {
        Map<String, String> properties = new HashMap<>(database);
        properties.put("playhook.db.migrate", Boolean.toString(migrate));
        properties.put("playhook.admin.token", ADMIN_TOKEN);
        properties.put("playhook.encryption.keys", "bench:YmVuY2htYXJrLW9ubHktbm90LWZvci1wcm9kdWN0aW8=");
        properties.put("playhook.egress.allow-http", "true");
        properties.put("playhook.egress.allowed-networks", "127.0.0.1/32");
        properties.put("quarkus.http.host", "127.0.0.1");
        properties.put("quarkus.http.port", Integer.toString(port));
        properties.put("quarkus.management.host", "127.0.0.1");
        properties.put("quarkus.management.port", Integer.toString(managementPort));
        List<String> command = new ArrayList<>();
        command.add(jvm.home().resolve("bin/java").toString());
        command.addAll(jvm.options());
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-jar", JAR.toString()));
        Path log = Path.of("target/bench/service" + (pods.isEmpty() ? "" : "-" + (pods.size() + 1)) + ".log");
        Files.createDirectories(log.getParent());
        ProcessBuilder process =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // As the image has it.
        process.environment().put("MALLOC_ARENA_MAX", "2");
        Process started = process.start();
        // Where the benchmark itself is ended.
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        return started;
    }

    private void awaitReady(Process service, int managementPort) throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/q/health/ready"))
                .build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline && service.isAlive()) {
            try {
                if (client.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // Nobody listens yet.
            }
            Thread.sleep(5);
        }
        throw new IllegalStateException("The service does not start: see target/bench/service.log");
    }

    /** Who publishes. */
    record Organization(int id, String token) {}

    /** Makes an organization whose webhooks all get each event, at this path of the sink. */
    Organization newOrganization(int webhooks, int sinkPort, String path) throws Exception {
        return newOrganization(webhooks, sinkPort, path, number -> new JsonObject());
    }

    /** The same, with settings for each webhook, which are numbered from 0. */
    Organization newOrganization(int webhooks, int sinkPort, String path, IntFunction<JsonObject> settings)
            throws Exception {
        JsonObject organization = post(ADMIN_TOKEN, "/v1/admin/organizations", new JsonObject().put("name", "Bench"));
        int id = organization.getInteger("organization_id");
        String token = post(
                        ADMIN_TOKEN,
                        "/v1/admin/organizations/" + id + "/tokens",
                        new JsonObject()
                                .put(
                                        "scopes",
                                        new JsonArray(List.of(
                                                "webhooks:read", "webhooks:write", "events:read", "events:write"))))
                .getString("auth_token");
        for (int i = 0; i < webhooks; i++) {
            post(
                    token,
                    "/v1/webhooks",
                    new JsonObject()
                            .put("url", "http://127.0.0.1:" + sinkPort + path)
                            .put("security_key", "secure-token")
                            .put("event_subscriptions", new JsonArray(List.of("playlist_update")))
                            .put("settings", settings.apply(i)));
        }
        return new Organization(id, token);
    }

    private JsonObject post(String token, String path, JsonObject body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 201) {
            throw new IllegalStateException(path + " answered " + response.statusCode() + ": " + response.body());
        }
        return new JsonObject(response.body());
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%s/%s"
                        .formatted(
                                database.get("playhook.db.host"),
                                database.get("playhook.db.port"),
                                database.get("playhook.db.name")),
                database.get("playhook.db.user"),
                database.get("playhook.db.password"));
    }

    /**
     * What the server has written so far.
     *
     * @param rows inserted, updated or deleted; backends report them up to a second late
     * @param wal in bytes
     * @param commits likewise late
     */
    record Written(long rows, long wal, long commits) {}

    Written written() throws SQLException {
        try (Connection connection = connect();
                ResultSet result = connection
                        .createStatement()
                        .executeQuery("select (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables),"
                                + " pg_current_wal_lsn() - '0/0',"
                                + " (select xact_commit from pg_stat_database where datname = current_database())")) {
            result.next();
            return new Written(result.getLong(1), result.getLong(2), result.getLong(3));
        }
    }

    /**
     * What was used so far, or between two times.
     *
     * @param seconds of time
     * @param service CPU-seconds of all its processes
     * @param postgres CPU-seconds
     */
    record Used(double seconds, double service, double postgres) {

        Used since(Used before) {
            return new Used(seconds - before.seconds, service - before.service, postgres - before.postgres);
        }
    }

    Used used() throws IOException {
        double service = pods.stream()
                .mapToDouble(pod -> Usage.cpuSeconds(pod.process.pid()))
                .sum();
        return new Used(System.nanoTime() / 1e9, service, Usage.cpuSeconds(postgresPid()));
    }

    /** A connection that claims as the service does. */
    ClaimCost claims() {
        return new ClaimCost(
                database.get("playhook.db.host"),
                Integer.parseInt(database.get("playhook.db.port")),
                database.get("playhook.db.name"),
                database.get("playhook.db.user"),
                database.get("playhook.db.password"));
    }

    /** That of the first process of the service. */
    int port() {
        return pods.get(0).port;
    }

    List<Integer> ports() {
        return pods.stream().map(Pod::port).toList();
    }

    /** The first process of the service. */
    long servicePid() {
        return pods.get(0).process.pid();
    }

    long postgresPid() throws IOException {
        return Long.parseLong(Files.readAllLines(postmasterPid).get(0).strip());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() throws Exception {
        stop();
        server.close();
    }
}
