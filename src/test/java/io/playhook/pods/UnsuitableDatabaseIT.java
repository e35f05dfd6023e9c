package io.playhook.pods;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.RealPostgres;
import io.playhook.testing.RealServer;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** PostgreSQL as it is found: in another encoding, behind a pooler, with things of others in it. */
class UnsuitableDatabaseIT {

    @TempDir
    static Path folder;

    private static RealPostgres server;

    @BeforeAll
    static void startServer() throws Exception {
        server = RealPostgres.start(folder, null);
        server.createDatabase("pooled", "pooled", "secret");
        migrate("pooled");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aDatabaseThatIsNotUtf8IsRefusedInWords() throws Exception {
        server.execute(
                "create role latin login password 'secret'",
                "create database latin owner latin encoding 'LATIN1' locale 'C' template template0");
        try (Pod pod = Pod.launch(configuration("latin", server.port()))) {
            assertThat(pod.awaitExit()).isNotZero();
            assertThat(pod.log()).contains("The database has the encoding LATIN1");
        }
    }

    @Test
    void aPoolerInTransactionModeIsRefusedInWords() throws Exception {
        try (RealServer pooler = pooler("transaction", "pooled");
                Pod pod = Pod.launch(unmigrated("pooled", pooler.port()))) {
            assertThat(pod.awaitExit()).isNotZero();
            assertThat(pod.log()).contains("use its session mode");
        }
    }

    @Test
    void aPoolerInSessionModeServes() throws Exception {
        try (RealServer pooler = pooler("session", "pooled");
                Pod pod = Pod.start(unmigrated("pooled", pooler.port()));
                Receiver receiver = new Receiver()) {
            Publisher publisher = Publisher.registered(pod, receiver);
            for (int i = 1; i <= 20; i++) {
                publisher.publish().then().statusCode(202);
            }
            receiver.await(20);
        }
    }

    /** What the README says of a database whose public schema is not empty. */
    @Test
    void aSchemaOfItsOwnKeepsItApartFromWhatOthersHave() throws Exception {
        server.createDatabase("shared", "shared", "secret");
        server.executeIn(
                "shared",
                "create table public.webhooks (of_somebody_else text)",
                "create schema playhook authorization shared",
                "alter role shared in database shared set search_path = playhook");
        try (Pod pod = Pod.start(configuration("shared", server.port()));
                Receiver receiver = new Receiver()) {
            Publisher.registered(pod, receiver).publish().then().statusCode(202);
            receiver.await(1);
        }
        server.executeIn("shared", "select of_somebody_else from public.webhooks", "select id from playhook.webhooks");
    }

    private static RealServer pooler(String mode, String name) throws Exception {
        return RealServer.pgbouncer(
                Files.createDirectory(folder.resolve("pooler-" + mode)), server.port(), mode, name, "secret");
    }

    private static void migrate(String name) throws Exception {
        Map<String, String> configuration = configuration(name, server.port());
        configuration.put("quarkus.init-and-exit", "true");
        try (Pod migration = Pod.launch(configuration)) {
            assertThat(migration.awaitExit()).as(migration.log()).isZero();
        }
    }

    private static Map<String, String> unmigrated(String name, int port) {
        Map<String, String> configuration = configuration(name, port);
        configuration.put("playhook.db.migrate", "false");
        return configuration;
    }

    private static Map<String, String> configuration(String name, int port) {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.db.host", "127.0.0.1");
        configuration.put("playhook.db.port", Integer.toString(port));
        configuration.put("playhook.db.name", name);
        configuration.put("playhook.db.user", name);
        configuration.put("playhook.db.password", "secret");
        return configuration;
    }
}
