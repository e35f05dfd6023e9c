package io.playhook.platform.database;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where the database is, and how long it is waited for. */
@ConfigMapping(prefix = "playhook.db")
public interface DatabaseConfig {

    /** A name, or an address; of an IPv6 address no brackets are needed. */
    String host();

    int port();

    String name();

    String user();

    Optional<String> password();

    /** How the connection is protected; one that is asked for is never given up for a plain one. */
    SslMode sslMode();

    /** A PEM file with the authorities that may vouch for the server; else those that the Java runtime trusts may. */
    Optional<Path> sslRootCert();

    /** How long a request waits for a connection; a longer time answers later that there is none. */
    Duration connectionTimeout();

    /** After how long without an answer a connection is given up; a shorter time fails large arrays of events. */
    Duration responseTimeout();

    /** Connections for requests. With more, more publishes are under way at once; each pod takes so many. */
    @WithDefault("14")
    int connections();

    /** Connections for deliveries. Requests never wait for these, nor these for requests. */
    @WithDefault("6")
    int deliveryConnections();

    /** Whether migrations run at start. */
    @WithDefault("false")
    boolean migrate();

    /** The names are those of PostgreSQL's own clients. */
    enum SslMode {
        /** Not encrypted. */
        DISABLE,
        /** Encrypted, to whoever answers. */
        REQUIRE,
        /** Encrypted, and to a server whose certificate is trusted and has the host's name. */
        VERIFY_FULL
    }
}
