package io.playhook.delivery.circuit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class CircuitBreakerTest {

    private final AtomicInteger opened = new AtomicInteger();
    private final CircuitBreaker breaker = new CircuitBreaker(opened::incrementAndGet);

    /** Attempts in their order, F failed and S succeeded, and after how many of them the circuit opens; 0 for never. */
    @ParameterizedTest
    @CsvSource({
        "FFFFFFFFFF, 10", // the least number of attempts
        "FFFFFFFFF, 0", // one less
        "SSSSSFFFFF, 10", // half of ten
        "FFFFFSSSSS, 10", // the tenth succeeded, and half have failed all the same
        "SSSSSSFFFF, 0", // less than half
        "SSSSSSFFFFF, 0", // five of eleven
        "SSSSSSFFFFFF, 12", // six of twelve
        "SSSSSSSSSSFFFFFFFFFF, 20", // ten of twenty
        "SSSSSSSSSSSSSSSSSSSSSSSSSFFFFFFFFFF, 35", // only the last twenty count
        "SSSSSSSSSSSSSSSSSSSSSSSSSFFFFFFFFF, 0",
        "SFSSSFSSSFSSSFSSSFSSSFSSSFSSSFSS, 0" // a quarter fails, for ever
    })
    void opensWhenHalfOfTheLastTwentyButAtLeastTenHaveFailed(String attempts, int opensAfter) {
        assertThat(opensAfter(attempts)).isEqualTo(opensAfter);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34})
    void agreesWithTheRuleOnRandomAttempts(long seed) {
        Random random = new Random(seed);
        double failing = 0.3 + 0.3 * random.nextDouble();
        StringBuilder attempts = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            attempts.append(random.nextDouble() < failing ? 'F' : 'S');
        }
        assertThat(opensAfter(attempts.toString())).isEqualTo(byTheRule(attempts.toString()));
    }

    @Test
    void makesNoAttemptWhileItIsOpen() {
        opensAfter("FFFFFFFFFF");
        AtomicInteger made = new AtomicInteger();
        assertThatThrownBy(() -> breaker.call(() -> Uni.createFrom().item(made.incrementAndGet()), result -> false)
                        .await()
                        .indefinitely())
                .isInstanceOf(CircuitOpenException.class);
        assertThat(made).hasValue(0);
    }

    @Test
    void startsAfreshOnceItIsReset() {
        opensAfter("FFFFFFFFFF");
        breaker.reset();
        assertThat(opensAfter("FFFFFFFFF")).isZero();
        assertThat(opensAfter("F")).isEqualTo(1);
        assertThat(opened).hasValue(2);
    }

    @Test
    void givesTheResultOfAFailedAttemptBack() {
        assertThat(breaker.call(() -> Uni.createFrom().item("503"), result -> true)
                        .await()
                        .indefinitely())
                .isEqualTo("503");
    }

    private int opensAfter(String attempts) {
        int before = opened.get();
        for (int i = 0; i < attempts.length(); i++) {
            boolean failed = attempts.charAt(i) == 'F';
            breaker.call(() -> Uni.createFrom().item(failed), result -> result)
                    .await()
                    .indefinitely();
            if (opened.get() > before) {
                return i + 1;
            }
        }
        return 0;
    }

    private static int byTheRule(String attempts) {
        Deque<Character> last = new ArrayDeque<>();
        for (int i = 0; i < attempts.length(); i++) {
            last.add(attempts.charAt(i));
            if (last.size() > 20) {
                last.remove();
            }
            long failed = last.stream().filter(a -> a == 'F').count();
            if (last.size() >= 10 && failed * 2 >= last.size()) {
                return i + 1;
            }
        }
        return 0;
    }
}
