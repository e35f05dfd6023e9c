package io.playhook.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/** A real PostgreSQL server that is started as a child process, with settings that survive a crash. */
public final class EmbeddedDatabase {

    private final EmbeddedPostgres server;

    private EmbeddedDatabase(EmbeddedPostgres server) {
        this.server = server;
    }

    /** Starts a server whose data is thrown away when it stops. */
    public static EmbeddedDatabase startTemporary() {
        return start(EmbeddedPostgres.builder());
    }

    /** Starts a server whose data stays in a folder. */
    public static EmbeddedDatabase startIn(Path folder) {
        return start(EmbeddedPostgres.builder().setDataDirectory(folder).setCleanDataDirectory(false));
    }

    /** Starts a server that was stopped once more, on its data and its port. */
    public static EmbeddedDatabase startAgain(EmbeddedDatabase stopped, Path folder) {
        return start(EmbeddedPostgres.builder()
                .setPort(stopped.server.getPort())
                .setDataDirectory(folder)
                .setCleanDataDirectory(false));
    }

    private static EmbeddedDatabase start(EmbeddedPostgres.Builder builder) {
        try {
            // The library's defaults trade durability for speed.
            return new EmbeddedDatabase(builder.setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("max_connections", "200")
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded PostgreSQL does not start", e);
        }
    }

    /** Creates an empty database, unless it exists. */
    public EmbeddedDatabase createDatabase(String name) {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            boolean exists = statement
                    .executeQuery("select 1 from pg_database where datname = '" + name + "'")
                    .next();
            if (!exists) {
                statement.execute("create database " + name);
            }
            return this;
        } catch (SQLException e) {
            throw new IllegalStateException("The database %s can't be created".formatted(name), e);
        }
    }

    /** The service's configuration to use a database of this server. */
    public Map<String, String> configuration(String database) {
        return Map.of(
                "playhook.db.host", "localhost",
                "playhook.db.port", Integer.toString(server.getPort()),
                "playhook.db.name", database,
                "playhook.db.user", "postgres",
                "playhook.db.password", "postgres");
    }

    /** Stops the server. */
    public void stop() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
