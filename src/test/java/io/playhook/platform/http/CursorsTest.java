package io.playhook.platform.http;

import java.util.Base64;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.platform.secret.EncryptionKeys;

import static org.assertj.core.api.Assertions.assertThat;

class CursorsTest {

    private static final String OLD = "old:" + Base64.getEncoder().encodeToString(new byte[32]);
    private static final String NEW =
            "new:" + Base64.getEncoder().encodeToString("n".repeat(32).getBytes());
    private static final String LIST = "deliveries of 1?status=failed";

    private final Cursors cursors = cursors(OLD);

    @Test
    void opensWhatItSealed() {
        for (long[] position : new long[][] {{}, {0}, {-1}, {Long.MAX_VALUE, Long.MIN_VALUE, 7}}) {
            assertThat(cursors.open(LIST, cursors.seal(LIST, position))).hasValue(position);
        }
    }

    @Test
    void opensOnEveryPodThatHasTheKeyBeItTheFirstOrNot() {
        String cursor = cursors.seal(LIST, 5);
        assertThat(cursors(NEW, OLD).open(LIST, cursor)).isPresent();
        assertThat(cursors(NEW).open(LIST, cursor)).isEmpty();
    }

    @Test
    void isOfNoUseForAnotherList() {
        String cursor = cursors.seal(LIST, 5);
        for (String other : List.of("deliveries of 1", "deliveries of 2?status=failed", LIST + "&type=a", "")) {
            assertThat(cursors.open(other, cursor)).as(other).isEmpty();
        }
    }

    @Test
    void noticesEachBitThatIsChanged() {
        byte[] sealed = Base64.getUrlDecoder().decode(cursors.seal(LIST, 5, 9));
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] forged = sealed.clone();
            forged[bit / 8] ^= (byte) (1 << bit % 8);
            String cursor = Base64.getUrlEncoder().withoutPadding().encodeToString(forged);
            assertThat(cursors.open(LIST, cursor)).as("bit %d", bit).isEmpty();
        }
    }

    /** The last digit of base64 has bits that mean nothing. */
    @Test
    void hasOneSpelling() {
        String cursor = cursors.seal(LIST, 5, 9, 3);
        char last = cursor.charAt(cursor.length() - 1);
        String same = cursor.substring(0, cursor.length() - 1) + (char) (last + 1);
        assertThat(Base64.getUrlDecoder().decode(same))
                .isEqualTo(Base64.getUrlDecoder().decode(cursor));
        assertThat(cursors.open(LIST, same)).isEmpty();
        assertThat(cursors.open(LIST, cursor + "=")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "aWQ6MQ", "====", "\u0661", "AAAAAAAAAAAAAAAAAAAAAA", "AAAA\n"})
    void opensNothingElse(String text) {
        assertThat(cursors.open(LIST, text)).isEmpty();
    }

    private static Cursors cursors(String... keys) {
        return new Cursors(new EncryptionKeys(() -> List.of(keys)));
    }
}
