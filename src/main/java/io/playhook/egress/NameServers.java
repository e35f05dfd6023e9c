package io.playhook.egress;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.spi.transport.Transport;

/**
 * Asks the hosts file and the name servers, without a thread that waits for them. Which these are, and which domains a
 * short name is looked for in, comes from {@code /etc/resolv.conf} unless the operator names servers.
 */
final class NameServers {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int DEFAULT_PORT = 53;

    private final DnsNameResolver resolver;

    /** Throws {@link IllegalArgumentException} if a server is not an address, with or without a port. */
    NameServers(Vertx vertx, List<String> servers) {
        Transport transport = ((VertxInternal) vertx).transport();
        this.resolver = new DnsNameResolverBuilder(vertx.nettyEventLoopGroup().next())
                .datagramChannelFactory(transport::datagramChannel)
                // For answers that are too large for a datagram.
                .socketChannelFactory(
                        () -> (SocketChannel) transport.channelFactory(false).newChannel())
                .nameServerProvider(provider(servers))
                .queryTimeoutMillis(PATIENCE.toMillis())
                // All addresses are judged, of both kinds, so none may come after the answer.
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
                .completeOncePreferredResolved(false)
                // Each question has a port of its own, so that a forged answer has to guess it.
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                // Answers are kept once they are judged.
                .resolveCache(NoopDnsCache.INSTANCE)
                .cnameCache(NoopDnsCnameCache.INSTANCE)
                .build();
    }

    /** All addresses of a host, at least one. */
    Future<List<InetAddress>> resolve(String host) {
        Promise<List<InetAddress>> addresses = Promise.promise();
        resolver.resolveAll(host).addListener(done -> {
            if (done.isSuccess()) {
                @SuppressWarnings("unchecked")
                List<InetAddress> found = (List<InetAddress>) done.getNow();
                addresses.complete(found);
            } else {
                addresses.fail(done.cause());
            }
        });
        return addresses.future();
    }

    void close() {
        resolver.close();
    }

    private static DnsServerAddressStreamProvider provider(List<String> servers) {
        return servers.isEmpty()
                ? DnsServerAddressStreamProviders.platformDefault()
                : new SequentialDnsServerAddressStreamProvider(
                        servers.stream().map(NameServers::address).toList());
    }

    private static InetSocketAddress address(String server) {
        boolean bareIpv6 = server.indexOf(':') != server.lastIndexOf(':') && !server.startsWith("[");
        HostAndPort parsed = HostAndPort.parseAuthority(bareIpv6 ? "[" + server + "]" : server, DEFAULT_PORT);
        byte[] address = parsed == null ? null : NetUtil.createByteArrayFromIpAddressString(parsed.host());
        if (address == null) {
            throw new IllegalArgumentException(
                    "PLAYHOOK_EGRESS_NAME_SERVERS: %s is no address with or without a port".formatted(server));
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), parsed.port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address has 4 bytes or 16", e);
        }
    }
}
