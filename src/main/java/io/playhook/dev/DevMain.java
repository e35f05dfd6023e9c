package io.playhook.dev;

import java.nio.file.Path;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * Starts the service in dev mode: with an embedded PostgreSQL, unless {@code PLAYHOOK_DB_HOST} names a server. Its data
 * lies in {@code target/dev-database}, so it outlives a restart and goes with {@code mvn clean}.
 */
@QuarkusMain(name = "dev")
@IfBuildProfile("dev")
public class DevMain {

    private static final String STARTED = "playhook.dev.database-started";

    public static void main(String... args) {
        // Dev mode runs this again after each change of the code; the server of the first run goes on.
        if (System.getenv("PLAYHOOK_DB_HOST") == null && System.getProperty(STARTED) == null) {
            System.out.println("Starting an embedded PostgreSQL in target/dev-database ...");
            EmbeddedDatabase.startIn(Path.of("target", "dev-database"))
                    .createDatabase("playhook")
                    .configuration("playhook")
                    .forEach(System::setProperty);
            System.setProperty(STARTED, "true");
        }
        Quarkus.run(args);
    }
}
