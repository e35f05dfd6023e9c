package io.playhook.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

import io.playhook.dev.EmbeddedDatabase;

/**
 * A real PostgreSQL for the tests, embedded unless {@code PLAYHOOK_DB_HOST} names one, and the rest of the configuration
 * that the service needs, whether it runs in the test or as a packaged jar. Each start gets an empty database.
 */
public class PlayhookDatabase implements QuarkusTestResourceLifecycleManager {

    public static final String ADMIN_TOKEN = "test-admin";

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static EmbeddedDatabase server;

    @Override
    public Map<String, String> start() {
        return configuration();
    }

    /** The configuration of a service with an empty database of its own. */
    public static synchronized Map<String, String> configuration() {
        return System.getenv("PLAYHOOK_DB_HOST") == null ? embedded() : service();
    }

    /** The same with an embedded database, for who needs several, or one that is sure to be empty. */
    public static synchronized Map<String, String> embedded() {
        if (server == null) {
            // One server for the whole run; it ends with the process.
            server = EmbeddedDatabase.startTemporary();
        }
        String name = "playhook_" + DATABASES.incrementAndGet();
        Map<String, String> configuration = service();
        configuration.putAll(server.createDatabase(name).configuration(name));
        return configuration;
    }

    private static Map<String, String> service() {
        Map<String, String> configuration = new HashMap<>();
        configuration.put("playhook.db.migrate", "true");
        configuration.put("playhook.admin.token", ADMIN_TOKEN);
        configuration.put("playhook.encryption.keys", "test:dGVzdHMtb25seS1rZXktbm90LWZvci1wcm9kdWN0aW8=");
        configuration.put("playhook.egress.allow-http", "true");
        configuration.put("playhook.egress.allowed-networks", "127.0.0.1/32");
        configuration.put("playhook.egress.name-servers", NameServer.SHARED.address());
        configuration.put("playhook.circuit.hold", "1s");
        configuration.put("playhook.circuit.max-hold", "4s");
        return configuration;
    }

    @Override
    public void stop() {
        // The server stays for the next one.
    }
}
