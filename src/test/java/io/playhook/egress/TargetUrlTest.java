package io.playhook.egress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TargetUrlTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://my.url.com | my.url.com | 443 | /",
                "http://example.com | example.com | 80 | /",
                "HTTPS://Example.COM/Path?Query=1 | example.com | 443 | /Path?Query=1",
                "https://example.com.:8443/ | example.com | 8443 | /",
                "https://example.com:65535?a | example.com | 65535 | /?a",
                "https://example.com/a%20b/%2e%2e?c=%00#fragment | example.com | 443 | /a%20b/%2e%2e?c=%00",
                "https://xn--bcher-kva.example/ | xn--bcher-kva.example | 443 | /",
                "https://under_score.example.com/ | under_score.example.com | 443 | /",
                "https://93.184.216.34/x | 93.184.216.34 | 443 | /x",
                "https://[2606:2800:220:1::1]:444/ | 2606:2800:220:1::1 | 444 | /",
                "https://[::FFFF:1.2.3.4]/ | ::ffff:1.2.3.4 | 443 | /",
                "https://1.example.com/ | 1.example.com | 443 | /",
                "https://a.1b/ | a.1b | 443 | /"
            })
    void takesAUrlApart(String text, String host, int port, String requestUri) throws InvalidTargetUrl {
        TargetUrl url = TargetUrl.parse(text);
        assertThat(url.host()).isEqualTo(host);
        assertThat(url.port()).isEqualTo(port);
        assertThat(url.requestUri()).isEqualTo(requestUri);
        assertThat(url.toString()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // no URL, no absolute one, or one of another kind
                "",
                " ",
                "example.com",
                "//example.com/",
                "/path",
                "https:",
                "https:/",
                "https://",
                "https:///path",
                "https:example.com",
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://example.com/",
                "javascript:alert(1)",
                "mailto:a@example.com",
                "ws://example.com/",
                "jar:https://example.com/!/",
                "unix:/var/run/docker.sock",
                "http+unix://x/",
                "data:text/plain,x",
                // a user, or what looks like one
                "https://user@example.com/",
                "https://user:pass@example.com/",
                "https://@example.com/",
                "https://example.com@127.0.0.1/",
                "https://example.com:80@127.0.0.1/",
                "https://a%40b@c/",
                // other spellings of 127.0.0.1 and friends
                "https://2130706433/",
                "https://0x7f000001/",
                "https://017700000001/",
                "https://127.1/",
                "https://127.0.1/",
                "https://0177.0.0.1/",
                "https://0x7f.0.0.1/",
                "https://0x7f.1/",
                "https://127.0.0.1.1/",
                "https://127.0.0.256/",
                "https://127.0.0.01/",
                "https://0/",
                "https://0x/",
                "https://1.2.3/",
                "https://1.2.3.4.5/",
                "https://example.0x7f/",
                "https://example.1/",
                "https://00000000000000000000000000000177.1/",
                "https://4294967296/",
                "https://127.0.0.0x1/",
                // hosts that are none
                "https://exa mple.com/",
                "https://example..com/",
                "https://.example.com/",
                "https://example.com../",
                "https://-example.com/",
                "https://example-.com/",
                "https://*.example.com/",
                "https://exam%70le.com/",
                "https://%31%32%37.0.0.1/",
                "https://ex\u00e4mple.com/",
                "https://\u2460\u2461\u2466.0.0.1/",
                "https://127\u30020\u30020\u30021/",
                "https://example.com\u0000.evil/",
                "https://example.com\n/",
                "https://exam\tple.com/",
                "https://example.com\\@127.0.0.1/",
                "https://example.com\\.evil/",
                "https://[::1/",
                "https://::1/",
                "https://[::1%25eth0]/",
                "https://[fe80::1%eth0]/",
                "https://[]/",
                "https://[example.com]/",
                "https://[v1.a]/",
                "https://[127.0.0.1]/",
                "https://[::1]x/",
                "https://[1:2:3:4:5:6:7:8:9]/",
                "https://[::ffff:127.1]/",
                "https://a,b/",
                "https://a;b/",
                "https://<a>/",
                // ports
                "https://example.com:0/",
                "https://example.com:65536/",
                "https://example.com:-1/",
                "https://example.com:80a/",
                "https://example.com:/",
                "https://example.com:443:443/",
                "https://example.com:000443/",
                "https://example.com:%34%34%33/",
                // what would end up in a header
                "https://example.com/\r\nX-Injected: 1",
                "https://example.com/a b",
                "https://example.com/\u007f"
            })
    void refusesWhatIsNoTarget(String text) {
        assertThatThrownBy(() -> TargetUrl.parse(text)).isInstanceOf(InvalidTargetUrl.class);
    }

    @Test
    void refusesMoreThan2048Characters() throws InvalidTargetUrl {
        String longest = "https://example.com/" + "a".repeat(2_028);
        assertThat(TargetUrl.parse(longest).toString()).hasSize(2_048);
        assertThatThrownBy(() -> TargetUrl.parse(longest + "a")).hasMessageContaining("2048");
    }

    @Test
    void neverRepeatsAPasswordInItsComplaint() {
        assertThatThrownBy(() -> TargetUrl.parse("https://user:hunter2@example.com/"))
                .hasMessageNotContaining("hunter2");
    }
}
