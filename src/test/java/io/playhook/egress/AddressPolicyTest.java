package io.playhook.egress;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AddressPolicyTest {

    private final AddressPolicy policy = new AddressPolicy(TestEgressConfig.closed());

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, unspecified",
        "0.1.2.3, this network",
        "10.0.0.0, private",
        "10.255.255.255, private",
        "100.64.0.0, shared",
        "100.127.255.255, shared",
        "127.0.0.1, loopback",
        "127.255.255.254, loopback",
        "169.254.0.1, link-local",
        "169.254.169.254, link-local",
        "172.16.0.1, private",
        "172.31.255.255, private",
        "192.0.0.1, protocol",
        "192.0.0.170, protocol",
        "192.0.2.1, documentation",
        "192.88.99.1, 6to4",
        "192.168.0.1, private",
        "192.168.255.255, private",
        "198.18.0.1, benchmarking",
        "198.19.255.255, benchmarking",
        "198.51.100.7, documentation",
        "203.0.113.9, documentation",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "240.0.0.1, reserved",
        "255.255.255.255, broadcast",
        "::, unspecified",
        "::1, loopback",
        "::2, IPv4 address inside",
        "::127.0.0.1, IPv4 address inside",
        "::8.8.8.8, IPv4 address inside",
        "64:ff9b::7f00:1, NAT64",
        "64:ff9b::808:808, NAT64",
        "64:ff9b:1::1, NAT64",
        "100::1, special",
        "2001::1, special",
        "2001:10::1, special",
        "2001:20::1, special",
        "2001:db8::1, documentation",
        "3fff::1, documentation",
        "2002:7f00:1::, 6to4",
        "2002:808:808::1, 6to4",
        "2002:a00:1::1, 6to4",
        "fc00::1, private",
        "fd12:3456:789a::1, private",
        "fe80::1, link-local",
        "febf::1, link-local",
        "fec0::1, site-local",
        "ff02::1, multicast",
        "ff0e::1, multicast",
        "4000::1, public",
        "5f00::1, special",
        "1::1, public",
        "2606:2800:220:1:0:5efe:a00:1, ISATAP",
        "2606:2800:220:1:200:5efe:808:808, ISATAP",
        "::ffff:0:127.0.0.1, IPv4 address inside"
    })
    void refusesAnAddressThatIsNotPublic(String address, String kind) throws UnknownHostException {
        assertThat(policy.objection(InetAddress.getByName(address)))
                .hasValueSatisfying(why -> assertThat(why).contains(kind));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "93.184.216.34",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.1",
                "192.0.3.1",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "203.0.112.255",
                "203.0.114.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2606:4700:4700::1111",
                "2a00:1450::1",
                "2001:db9::1"
            })
    void allowsAPublicAddress(String address) throws UnknownHostException {
        assertThat(policy.objection(InetAddress.getByName(address))).isEmpty();
    }

    @Test
    void refusesAMappedAddressThatTheRuntimeHasNotUnfolded() throws UnknownHostException {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 127, 0, 0, 1};
        assertThat(policy.objection(Inet6Address.getByAddress("x", mapped, 0))).isPresent();
    }

    @Test
    void allowsWhatTheOperatorAllowsAndNothingBeside() throws UnknownHostException {
        AddressPolicy some = new AddressPolicy(TestEgressConfig.allowing("10.1.0.0/16", "fd00:1::/32", "127.0.0.2"));
        assertThat(some.objection(InetAddress.getByName("10.1.255.255"))).isEmpty();
        assertThat(some.objection(InetAddress.getByName("10.2.0.0"))).isPresent();
        assertThat(some.objection(InetAddress.getByName("fd00:1::5"))).isEmpty();
        assertThat(some.objection(InetAddress.getByName("fd00:2::5"))).isPresent();
        assertThat(some.objection(InetAddress.getByName("127.0.0.2"))).isEmpty();
        assertThat(some.objection(InetAddress.getByName("127.0.0.1"))).isPresent();
        assertThat(some.objection(InetAddress.getByName("8.8.8.8"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "everything", "10.0.0.0/33", "300.0.0.0/8", "example.com"})
    void refusesToStartWithANetworkThatIsNone(String network) {
        assertThatThrownBy(() -> new AddressPolicy(TestEgressConfig.allowing(network)))
                .hasMessageContaining("PLAYHOOK_EGRESS_ALLOWED_NETWORKS");
    }
}
