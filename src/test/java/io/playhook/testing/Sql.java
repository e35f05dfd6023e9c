package io.playhook.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.flywaydb.core.Flyway;

/** A session of its own with a database that a service is configured for. */
public final class Sql implements AutoCloseable {

    private final Connection connection;

    private Sql(Connection connection) {
        this.connection = connection;
    }

    public static Sql on(Map<String, String> configuration) throws SQLException {
        return new Sql(DriverManager.getConnection(
                url(configuration), configuration.get("playhook.db.user"), configuration.get("playhook.db.password")));
    }

    /** Brings a database to a version, or to the latest. */
    public static void migrate(Map<String, String> configuration, String version) {
        Flyway.configure()
                .dataSource(
                        url(configuration),
                        configuration.get("playhook.db.user"),
                        configuration.get("playhook.db.password"))
                .target(version)
                .load()
                .migrate();
    }

    private static String url(Map<String, String> configuration) {
        return "jdbc:postgresql://%s:%s/%s"
                .formatted(
                        configuration.get("playhook.db.host"),
                        configuration.get("playhook.db.port"),
                        configuration.get("playhook.db.name"));
    }

    /** Runs statements. */
    public void run(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column that a query gives, as text. */
    public List<String> all(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }

    /** The only value that a query gives, as text. */
    public String one(String query) throws SQLException {
        return all(query).get(0);
    }

    /** Begins a transaction; what is open in it stays so until {@link #close}. */
    public void begin() throws SQLException {
        connection.setAutoCommit(false);
    }

    /** Commits what was done since {@link #begin}. */
    public void commit() throws SQLException {
        connection.commit();
    }

    @Override
    public void close() throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
        connection.close();
    }
}
