package io.playhook.reliability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;

import io.playhook.dev.EmbeddedDatabase;

/** A PostgreSQL server of its own that is killed, stopped, started again, and whose disk fills. */
final class FaultyPostgres implements AutoCloseable {

    private static final String DATABASE = "playhook";
    private static final String[] WRITTEN = {"events", "delivery_queue", "deliveries", "attempts"};

    private final Path data;
    private final int port;
    private final List<ProcessHandle> started = new ArrayList<>();

    FaultyPostgres(Path data) {
        this.data = data;
        EmbeddedDatabase server = EmbeddedDatabase.startIn(data).createDatabase(DATABASE);
        this.port = Integer.parseInt(server.configuration(DATABASE).get("playhook.db.port"));
    }

    int port() {
        return port;
    }

    /** The service's configuration to use it through {@code port}. */
    static Map<String, String> configuration(int port) {
        return Map.of(
                "playhook.db.host", "127.0.0.1",
                "playhook.db.port", Integer.toString(port),
                "playhook.db.name", DATABASE,
                "playhook.db.user", "postgres",
                "playhook.db.password", "postgres");
    }

    /** Ends the server and all its processes without a warning. */
    void kill() throws IOException {
        ProcessHandle postmaster = postmaster();
        List<ProcessHandle> processes = new ArrayList<>(postmaster.descendants().toList());
        processes.add(postmaster);
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }

    /** Ends the server as an operator does in a hurry: connections are cut, what is committed is written. */
    void stop() throws IOException, InterruptedException {
        ProcessHandle postmaster = postmaster();
        new ProcessBuilder("kill", "-INT", Long.toString(postmaster.pid()))
                .start()
                .waitFor();
        postmaster.onExit().join();
    }

    /** Starts the server with the options that it was started with first, and waits until it answers. */
    void start() throws IOException {
        String command = Files.readString(data.resolve("postmaster.opts")).strip();
        // It refuses to run as root; in a user namespace it does not see that it does.
        String prefix = isRoot() ? "exec unshare -U " : "exec ";
        Process process = new ProcessBuilder("sh", "-c", prefix + command)
                .redirectErrorStream(true)
                .redirectOutput(data.resolveSibling("postgres.log").toFile())
                .start();
        started.add(process.toHandle());
        Awaitility.await("the database up again")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(this::answers);
    }

    /** Makes every write fail as it does where the disk is full. */
    void fillDisk() throws SQLException {
        execute("""
                create or replace function disk_full() returns trigger language plpgsql
                as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$
                """);
        for (String table : WRITTEN) {
            execute("create trigger disk_full before insert or update or delete on %s execute function disk_full()"
                    .formatted(table));
        }
    }

    void freeDisk() throws SQLException {
        for (String table : WRITTEN) {
            execute("drop trigger disk_full on " + table);
        }
    }

    /** The number that a query gives. */
    long number(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** The first column of a query's rows. */
    List<String> strings(String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    /** Runs a statement as the owner of everything. */
    void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, DATABASE), "postgres", "postgres");
    }

    private boolean answers() {
        try {
            return number("select 1") == 1;
        } catch (SQLException notYet) {
            return false;
        }
    }

    private ProcessHandle postmaster() throws IOException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        return ProcessHandle.of(pid).orElseThrow();
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    @Override
    public void close() throws IOException {
        if (answers()) {
            kill();
        }
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
