package io.playhook.platform;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class IdsTest {

    // As PostgreSQL compares them: by all bits, none of which is a sign.
    private static final Comparator<UUID> IN_ORDER = Comparator.comparing(UUID::toString);

    private Instant now = Instant.parse("2026-01-31T12:00:00.123456Z");
    private final Ids ids = new Ids(() -> now);

    @Test
    void anIdIsAVersion7UuidOfItsTime() {
        UUID id = ids.next();

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(time(id)).isEqualTo("2026-01-31T12:00:00.123Z");
    }

    @Test
    void thoseOfOneMillisecondAreInTheOrderInWhichTheyWereMade() {
        List<UUID> made = Stream.generate(ids::next).limit(10_000).toList();

        assertThat(made).isSortedAccordingTo(IN_ORDER).doesNotHaveDuplicates();
        assertThat(time(made.get(9_999))).isBefore(now.plusMillis(4));
    }

    @Test
    void noTwoShareAllButTheirLast32Bits() {
        List<String> made = Stream.generate(() -> ids.next().toString().substring(0, 28))
                .limit(10_000)
                .toList();

        assertThat(made).doesNotHaveDuplicates();
    }

    @Test
    void theOrderOutlivesAClockThatIsSetBackALittle() {
        List<UUID> made = new ArrayList<>(List.of(ids.next()));
        now = now.minusSeconds(5);
        made.add(ids.next());
        now = now.plusSeconds(10);
        made.add(ids.next());

        assertThat(made).isSortedAccordingTo(IN_ORDER);
        assertThat(time(made.get(2))).isEqualTo(now.truncatedTo(ChronoUnit.MILLIS));
    }

    @Test
    void aClockThatWasFarAheadIsBelievedOnceItIsRight() {
        ids.next();
        now = now.minus(Duration.ofDays(1));

        assertThat(time(ids.next())).isEqualTo(now.truncatedTo(ChronoUnit.MILLIS));
    }

    private static Instant time(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }
}
