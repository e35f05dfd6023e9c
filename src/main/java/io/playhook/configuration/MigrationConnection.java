package io.playhook.configuration;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Tells the JDBC driver, which migrates, where the database is and whom to trust as the database. It takes the place in a
 * URL, where names have to be encoded; and unless it is told otherwise, it looks for authorities in the user's home.
 */
public final class MigrationConnection implements ConfigSourceFactory {

    private static final String JDBC = "quarkus.datasource.migration.jdbc.";
    private static final String DRIVER = JDBC + "additional-jdbc-properties.";

    /** Under what operators set themselves, over the files of the service. */
    private static final int ORDINAL = 260;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        String host = value(context, "playhook.db.host");
        String port = value(context, "playhook.db.port");
        String name = value(context, "playhook.db.name");
        String mode = value(context, "playhook.db.ssl-mode");
        String authorities = value(context, "playhook.db.ssl-root-cert");
        Map<String, String> values = new HashMap<>();
        values.put(JDBC + "url", "jdbc:postgresql://%s:%s/%s".formatted(inUrl(host), port, encoded(name)));
        values.put(DRIVER + "sslmode", mode);
        if (!authorities.isEmpty()) {
            values.put(DRIVER + "sslrootcert", authorities);
        } else if (mode.equals("verify-full")) {
            values.put(DRIVER + "sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        return List.of(new PropertiesConfigSource(values, "connection of migrations", ORDINAL));
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }

    private static String value(ConfigSourceContext context, String name) {
        ConfigValue value = context.getValue(name);
        return value == null || value.getValue() == null ? "" : value.getValue();
    }

    private static String inUrl(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : encoded(host);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
