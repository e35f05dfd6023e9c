package io.playhook.webhook;

import java.util.Base64;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.platform.secret.EncryptionKeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SecurityKeyVaultTest {

    private static final String OLD = "old:" + Base64.getEncoder().encodeToString(new byte[32]);
    private static final String NEW =
            "new:" + Base64.getEncoder().encodeToString("n".repeat(32).getBytes());

    private final SecurityKey secret = SecurityKey.of("secure-token");

    @Test
    void opensWhatItSealed() {
        SecurityKeyVault vault = vault(NEW);
        assertThat(vault.open(vault.seal(secret, 1), 1).reveal()).isEqualTo("secure-token");
    }

    @Test
    void sealsWithTheFirstKeyAndOpensWithAll() {
        String sealedBefore = vault(OLD).seal(secret, 1);
        SecurityKeyVault rotated = vault(NEW, OLD);
        assertThat(rotated.open(sealedBefore, 1).reveal()).isEqualTo("secure-token");
        assertThat(rotated.seal(secret, 1)).startsWith("new:");
    }

    @Test
    void sealsTheSameSecretDifferentlyEachTime() {
        assertThat(vault(NEW).seal(secret, 1)).isNotEqualTo(vault(NEW).seal(secret, 1));
    }

    @Test
    void keepsNothingOfTheSecretInSight() {
        assertThat(vault(NEW).seal(secret, 1)).doesNotContain("secure");
        assertThat(secret.toString()).doesNotContain("secure");
    }

    @Test
    void doesNotOpenForAnotherOrganization() {
        String sealed = vault(NEW).seal(secret, 1);
        assertThatThrownBy(() -> vault(NEW).open(sealed, 2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void doesNotOpenWhatWasTamperedWith() {
        String sealed = vault(NEW).seal(secret, 1);
        byte[] bytes = Base64.getDecoder().decode(sealed.substring(4));
        bytes[bytes.length - 1] ^= 1;
        String tampered = "new:" + Base64.getEncoder().encodeToString(bytes);
        assertThatThrownBy(() -> vault(NEW).open(tampered, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void namesTheKeyThatIsMissing() {
        String sealed = vault(OLD).seal(secret, 1);
        assertThatThrownBy(() -> vault(NEW).open(sealed, 1)).hasMessageContaining("id old");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "k1",
                "k1:",
                "k1:c2hvcnQ=",
                "k1:not base64 at all",
                ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            })
    void refusesAKeyThatIsNone(String configured) {
        assertThatThrownBy(() -> vault(configured))
                .hasMessageContaining("id:base64 of 32 bytes")
                .hasMessageNotContaining("c2hvcnQ");
    }

    private static SecurityKeyVault vault(String... keys) {
        return new SecurityKeyVault(new EncryptionKeys(() -> List.of(keys)));
    }
}
