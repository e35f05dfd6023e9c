package io.playhook.delivery.request;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.delivery.lane.LanesFixture;
import io.playhook.webhook.SecurityKeys;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

import static org.assertj.core.api.Assertions.assertThat;

class KeyMaskTest {

    private static final String WHSEC = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD/2==";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "secure-token | x secure-token y secure-token | x *** y ***",
                "secure-token | secure-to | ***",
                "secure-token | secure- | secure-",
                "secure-token | secure-tok and more | secure-tok and more",
                "a \"\\ key | {\"key\":\"a \\\"\\\\ key\"} | {\"key\":\"***\"}",
                WHSEC + " | {\"key\":\"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\\/2==\"} | {\"key\":\"***\"}",
                WHSEC + " | key=whsec_C2FVsBQIhrscChlQIMV%2Bb5sSYspob7oD%2F2%3D%3D&a=1 | key=***&a=1",
                "short | a short word | a short word",
            })
    void findsTheKeyAsReceiversSpellIt(String key, String answered, String masked) {
        assertThat(KeyMask.mask(answered, target(key, Settings.DEFAULT))).isEqualTo(masked);
        byte[] body = KeyMask.mask(answered.getBytes(StandardCharsets.UTF_8), target(key, Settings.DEFAULT));
        assertThat(new String(body, StandardCharsets.UTF_8)).isEqualTo(masked);
    }

    @Test
    void keepsAllOtherBytes() {
        byte[] body = {(byte) 0xff, 0, 's', 'e', 'c', 'u', 'r', 'e', '-', 't', 'o', 'k', 'e', 'n', (byte) 0xc3, 13};
        assertThat(KeyMask.mask(body, target("secure-token", Settings.DEFAULT)))
                .isEqualTo(new byte[] {(byte) 0xff, 0, '*', '*', '*', (byte) 0xc3, 13});
    }

    @Test
    void leavesAnswersAloneThatCanHaveNoKey() {
        Settings notSent = Settings.read("{\"send_security_key\": false}");
        assertThat(KeyMask.mask("secure-token", target("secure-token", notSent)))
                .isEqualTo("secure-token");
    }

    private static WebhookTarget target(String key, Settings settings) {
        WebhookTarget any = LanesFixture.target(1, 1);
        return new WebhookTarget(1, 1, 1, any.url(), SecurityKeys.of(key), List.of(), settings);
    }
}
