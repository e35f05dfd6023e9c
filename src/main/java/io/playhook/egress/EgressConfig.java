package io.playhook.egress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What may leave, and how. */
@ConfigMapping(prefix = "playhook.egress")
public interface EgressConfig {

    /** Networks in CIDR form that may be reached although they are not public. Each one is a hole: keep it small. */
    Optional<List<String>> allowedNetworks();

    /** Whether http is allowed beside https. Who can read the wire can then read every delivery and its key. */
    @WithDefault("false")
    boolean allowHttp();

    /** Files of PEM certificates that are trusted instead of the ones that the Java runtime trusts. */
    Optional<List<String>> trustCertificates();

    /** How long a connection may take to open; a longer one keeps slots busy for receivers that are down. */
    @WithDefault("5s")
    Duration connectTimeout();

    /** How long an idle connection is kept for the next delivery; a longer one takes memory here and there. */
    @WithDefault("30s")
    Duration keepAlive();

    /** Connections of one organization to one host at once. Webhooks have limits of their own; this is for many on a host. */
    @WithDefault("1000")
    int connectionsPerHost();

    /**
     * Name servers to ask instead of those of the system: addresses, each with a port where it is not 53. The first one is
     * asked, and the next one where that says nothing.
     */
    Optional<List<String>> nameServers();
}
