package io.playhook.egress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.playhook.testing.NameServer;

/** Egress as a test wants it. */
record TestEgressConfig(
        Optional<List<String>> allowedNetworks,
        boolean allowHttp,
        Optional<List<String>> trustCertificates,
        Optional<List<String>> nameServers)
        implements EgressConfig {

    TestEgressConfig(
            Optional<List<String>> allowedNetworks, boolean allowHttp, Optional<List<String>> trustCertificates) {
        this(allowedNetworks, allowHttp, trustCertificates, Optional.of(List.of(NameServer.SHARED.address())));
    }

    static TestEgressConfig closed() {
        return new TestEgressConfig(Optional.empty(), false, Optional.empty());
    }

    static TestEgressConfig allowing(String... networks) {
        return new TestEgressConfig(Optional.of(List.of(networks)), true, Optional.empty());
    }

    TestEgressConfig trusting(String pemFile) {
        return new TestEgressConfig(allowedNetworks, allowHttp, Optional.of(List.of(pemFile)));
    }

    TestEgressConfig asking(String nameServer) {
        return new TestEgressConfig(allowedNetworks, allowHttp, trustCertificates, Optional.of(List.of(nameServer)));
    }

    @Override
    public Duration connectTimeout() {
        return Duration.ofSeconds(2);
    }

    @Override
    public Duration keepAlive() {
        return Duration.ofSeconds(10);
    }

    @Override
    public int connectionsPerHost() {
        return 1_000;
    }
}
