package io.playhook.platform.body;

import org.junit.jupiter.api.Test;

import io.playhook.platform.body.BodiesInFlight.Body;
import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.problem.Problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BodiesInFlightTest {

    private static final int MEBIBYTE = 1024 * 1024;
    private static final Sender ONE = new Sender.Organization(1);
    private static final Sender ANOTHER = new Sender.Organization(2);
    private static final Sender A_THIRD = new Sender.Organization(3);
    private static final Sender UNKNOWN = new Sender.Unknown();

    private final BodiesInFlight bodies = new BodiesInFlight(40 * MEBIBYTE);

    @Test
    void anOrganizationGetsHalfAndIsToldThatItIsIts() {
        Body large = open(ONE, 19 * MEBIBYTE);

        assertThatThrownBy(() -> large.add(MEBIBYTE))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(429));

        large.close();
        open(ONE, 19 * MEBIBYTE);
    }

    @Test
    void strangersGetAQuarterTogether() {
        open(UNKNOWN, 9 * MEBIBYTE);

        assertThatThrownBy(() -> open(UNKNOWN, MEBIBYTE))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(503));

        open(ONE, MEBIBYTE);
    }

    @Test
    void largeBodiesLeaveSomethingForSmallOnes() {
        open(ONE, 19 * MEBIBYTE);
        open(ANOTHER, 10 * MEBIBYTE);

        assertThatThrownBy(() -> open(A_THIRD, MEBIBYTE))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(503));

        open(A_THIRD, 600);
    }

    @Test
    void thereIsAnEndToSmallOnesToo() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        open(i % 2 == 0 ? ONE : ANOTHER, 0);
                    }
                })
                .isInstanceOf(Problem.class);
        assertThat(bodies.bytes()).isLessThanOrEqualTo(40 * MEBIBYTE);
    }

    @Test
    void whatIsRefusedOrDoneWithIsNotCounted() {
        Body body = open(ONE, 19 * MEBIBYTE);
        assertThatThrownBy(() -> body.add(MEBIBYTE)).isInstanceOf(Problem.class);

        body.close();
        body.close();
        body.add(600); // its last part came after its answer

        assertThat(bodies.bytes()).isZero();
    }

    @Test
    void theLargestBodyFitsHoweverLittleMemoryThereIs() {
        Body body = new BodiesInFlight(0).open(ONE);

        body.add(BodiesInFlight.LARGEST);
    }

    private Body open(Sender sender, int bytes) {
        Body body = bodies.open(sender);
        body.add(bytes);
        return body;
    }
}
