package io.playhook.retention;

import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.testing.RealPostgres;

/** The same on the distribution's PostgreSQL, by a role that owns its database and no more. */
class PartitionsOnAnOlderServerTest extends PartitionsTest {

    @TempDir
    static Path folder;

    private static RealPostgres server;
    private static int databases;

    @BeforeAll
    static void startServer() {
        server = RealPostgres.start(folder, null);
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    Map<String, String> configuration() {
        String name = "partitions_" + ++databases;
        server.createDatabase(name, name, "secret");
        return Map.of(
                "playhook.db.host",
                "127.0.0.1",
                "playhook.db.port",
                Integer.toString(server.port()),
                "playhook.db.name",
                name,
                "playhook.db.user",
                name,
                "playhook.db.password",
                "secret");
    }
}
