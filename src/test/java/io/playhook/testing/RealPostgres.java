package io.playhook.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A PostgreSQL as a distribution packs it, unlike the embedded one: with passwords, TLS and JIT. It has one role, which owns
 * one database; its name, password and database are the test's to choose.
 */
public final class RealPostgres implements AutoCloseable {

    private static final String ADMIN = "postgres";
    private static final String ADMIN_PASSWORD = "admin";

    private final Process process;
    private final int port;
    private final boolean tls;

    private RealPostgres(Process process, int port, boolean tls) {
        this.process = process;
        this.port = port;
        this.tls = tls;
    }

    /**
     * Starts one.
     *
     * @param folder where it may make one of its own; another user has to get in there
     * @param certificate where it is not null, the server speaks TLS and nothing else
     */
    public static RealPostgres start(Path parent, Certificate certificate, String... settings) {
        Path bin = installed();
        int port = RealServer.freePort();
        try {
            Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path folder = Files.createDirectory(parent.resolve("postgres"));
            Path data = Files.createDirectory(folder.resolve("data"));
            Path password = Files.writeString(folder.resolve("password"), ADMIN_PASSWORD);
            giveToServer(folder, data, password);
            run(
                    bin.resolve("initdb"),
                    "-D",
                    data.toString(),
                    "-U",
                    ADMIN,
                    "-A",
                    "scram-sha-256",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--pwfile=" + password);
            List<String> command = command(bin.resolve("postgres"));
            command.addAll(List.of("-D", data.toString(), "-p", Integer.toString(port), "-k", data.toString()));
            command.addAll(List.of("-c", "listen_addresses=127.0.0.1,::1"));
            for (String setting : settings) {
                command.addAll(List.of("-c", setting));
            }
            if (certificate != null) {
                Path chain = Files.copy(certificate.chainPem(), data.resolve("server.crt"));
                Path key = Files.copy(certificate.keyPem(), data.resolve("server.key"));
                Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
                Path rules = Files.writeString(
                        data.resolve("pg_hba.conf"),
                        "hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n");
                giveToServer(chain, key, rules);
                command.addAll(List.of("-c", "ssl=on"));
            }
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("postgres.log").toFile())
                    .start();
            RealPostgres server = new RealPostgres(process, port, certificate != null);
            Awaitility.await("PostgreSQL up").until(() -> !process.isAlive() || server.answers());
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** Runs statements as the administrator. */
    public void execute(String... statements) {
        executeIn("postgres", statements);
    }

    /** Runs statements as the administrator in a database. */
    public void executeIn(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a role that may log in, and a database that it owns. */
    public void createDatabase(String name, String role, String password) {
        execute(
                "create role %s login password '%s'".formatted(quoted(role), password.replace("'", "''")),
                "create database %s owner %s".formatted(quoted(name), quoted(role)));
    }

    private boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    private Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.put("user", ADMIN);
        properties.put("password", ADMIN_PASSWORD);
        properties.put("sslmode", tls ? "require" : "disable");
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database), properties);
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    // Debian keeps it aside, for several versions may be there.
    private static Path installed() {
        try (Stream<Path> versions = Files.exists(Path.of("/usr/lib/postgresql"))
                ? Files.list(Path.of("/usr/lib/postgresql"))
                : Stream.empty()) {
            Path newest = versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.naturalOrder())
                    .orElse(null);
            if (newest == null && System.getenv("CI") != null) {
                fail("PostgreSQL is missing, which .ci/run installs");
            }
            assumeTrue(newest != null, "skipped: there is no PostgreSQL under /usr/lib/postgresql");
            return newest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // PostgreSQL does not run as root.
    private static List<String> command(Path program) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + ADMIN, "--regid=" + ADMIN, "--clear-groups"));
        }
        command.add(program.toString());
        return command;
    }

    private static void run(Path program, String... arguments) throws IOException {
        List<String> command = command(program);
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException(output);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void giveToServer(Path... files) throws IOException {
        if (isRoot()) {
            UserPrincipal owner =
                    FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(ADMIN);
            for (Path file : files) {
                Files.setOwner(file, owner);
            }
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    @Override
    public void close() {
        // SIGINT would be a fast shutdown; the data is of no use any more.
        process.destroyForcibly();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
    }
}
