package io.playhook.egress;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import jakarta.inject.Singleton;

import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressNetwork.IPAddressGenerator;
import inet.ipaddr.IPAddressString;
import io.quarkus.runtime.Startup;
import org.jboss.logging.Logger;

/**
 * Which addresses deliveries may go to: the public ones, and the networks that the operator allows.
 *
 * <p>Sources: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890). An IPv6 address that carries an
 * IPv4 address in it (mapped, NAT64, 6to4, Teredo, ISATAP) is refused whatever it carries: a public receiver has no need
 * of one, and what a translator on the way makes of it can't be known here.
 */
@Singleton
@Startup
public class AddressPolicy {

    private static final Logger LOG = Logger.getLogger(AddressPolicy.class);

    /** Ordered: the first that holds an address names it. */
    private static final Map<IPAddress, String> FORBIDDEN = new LinkedHashMap<>();

    private static final IPAddress GLOBAL_UNICAST_IPV6 = network("2000::/3");

    static {
        forbid("an unspecified address", "0.0.0.0/32", "::/128");
        forbid("an address of this network", "0.0.0.0/8");
        forbid("a loopback address", "127.0.0.0/8", "::1/128");
        forbid("a private address", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16");
        forbid("a link-local address", "169.254.0.0/16", "fe80::/10");
        forbid("a shared (carrier-grade NAT) address", "100.64.0.0/10");
        forbid("a documentation address", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24");
        forbid("a documentation address", "2001:db8::/32", "3fff::/20");
        forbid("a benchmarking address", "198.18.0.0/15");
        forbid("a protocol assignment", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24");
        forbid("a 6to4 relay", "192.88.99.0/24");
        forbid("a multicast address", "224.0.0.0/4", "ff00::/8");
        forbid("the broadcast address", "255.255.255.255/32");
        forbid("a reserved address", "240.0.0.0/4");
        forbid("an IPv4 address inside IPv6", "::ffff:0:0/96", "::ffff:0:0:0/96", "::/96");
        forbid("a NAT64 address", "64:ff9b::/96", "64:ff9b:1::/48");
        forbid("a 6to4 address", "2002::/16");
        forbid("a special-purpose address", "2001::/23", "2620:4f:8000::/48", "100::/64", "5f00::/16");
        forbid("a private address", "fc00::/7");
        forbid("a site-local address", "fec0::/10");
    }

    private final List<IPAddress> allowed;
    private final IPAddressGenerator addresses = new IPAddressGenerator();

    /** Throws {@link IllegalArgumentException} if the configuration names something that is no network. */
    public AddressPolicy(EgressConfig config) {
        this.allowed = config.allowedNetworks().orElse(List.of()).stream()
                .map(AddressPolicy::configured)
                .toList();
    }

    /** Why deliveries may not go to an address, in words; empty if they may. What can't be judged is refused. */
    public Optional<String> objection(InetAddress address) {
        try {
            IPAddress judged = addresses.from(address);
            if (allowed.stream().anyMatch(network -> network.contains(judged))) {
                return Optional.empty();
            }
            return forbidden(judged).map(kind -> "%s is %s".formatted(address.getHostAddress(), kind));
        } catch (RuntimeException e) {
            LOG.warnf(e, "An address of %d bytes can't be judged", address.getAddress().length);
            return Optional.of("the address can't be judged");
        }
    }

    private static Optional<String> forbidden(IPAddress address) {
        Optional<String> named = FORBIDDEN.entrySet().stream()
                .filter(entry -> entry.getKey().contains(address))
                .map(Map.Entry::getValue)
                .findFirst();
        if (named.isPresent() || address.isIPv4()) {
            return named;
        }
        if (!GLOBAL_UNICAST_IPV6.contains(address)) {
            return Optional.of("not a public address");
        }
        return isIsatap(address) ? Optional.of("an ISATAP address") : Optional.empty();
    }

    // RFC 5214: the interface identifier begins with 0000:5efe or 0200:5efe.
    private static boolean isIsatap(IPAddress address) {
        byte[] bytes = address.getBytes();
        return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == (byte) 0xfe;
    }

    private static void forbid(String kind, String... networks) {
        for (String network : networks) {
            FORBIDDEN.put(network(network), kind);
        }
    }

    private static IPAddress network(String cidr) {
        return new IPAddressString(cidr).getAddress().toPrefixBlock();
    }

    private static IPAddress configured(String cidr) {
        IPAddressString text = new IPAddressString(cidr.strip());
        if (cidr.isBlank() || !text.isIPAddress()) {
            throw new IllegalArgumentException("PLAYHOOK_EGRESS_ALLOWED_NETWORKS: %s is no network".formatted(cidr));
        }
        return text.getAddress().toPrefixBlock();
    }
}
