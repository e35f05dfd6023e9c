package io.playhook.delivery.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class PlaceTest {

    private static final int WEBHOOKS = 2_000;
    private final Random random = new Random(7);

    @ParameterizedTest
    @CsvSource({"1, 20", "2, 20", "3, 20", "7, 20", "20, 20", "50, 20", "50, 1", "3, 100"})
    void thePartsOfAllPodsMakeUpTheWhole(int count, int limit) {
        List<UUID> pods = pods(count);
        for (int webhook = 1; webhook <= WEBHOOKS; webhook++) {
            int id = webhook;
            IntStream shares = pods.stream().mapToInt(pod -> new Place(pods, pod).share(limit, id));
            List<Integer> all = shares.boxed().toList();
            assertThat(all.stream().mapToInt(i -> i).sum()).isEqualTo(limit);
            assertThat(all).allMatch(share -> share == limit / count || share == limit / count + 1);
        }
    }

    @Test
    void noPodGetsMuchMoreOfTheOddOnesThanAnother() {
        List<UUID> pods = pods(50);
        for (UUID pod : pods) {
            long with = IntStream.rangeClosed(1, WEBHOOKS)
                    .filter(webhook -> new Place(pods, pod).share(20, webhook) > 0)
                    .count();
            // 800 on average; the bounds are five standard deviations.
            assertThat(with).isBetween(690L, 910L);
        }
    }

    @Test
    void whenAPodGoesOnlyItsOwnPartsMove() {
        List<UUID> before = pods(50);
        List<UUID> after = new ArrayList<>(before);
        UUID gone = after.remove(17);
        for (int webhook = 1; webhook <= WEBHOOKS; webhook++) {
            for (UUID pod : after) {
                int had = new Place(before, pod).share(20, webhook);
                int has = new Place(after, pod).share(20, webhook);
                assertThat(has).isGreaterThanOrEqualTo(had);
                if (new Place(before, gone).share(20, webhook) == 0) {
                    assertThat(has).isEqualTo(had);
                }
            }
        }
    }

    private List<UUID> pods(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new UUID(random.nextLong(), random.nextLong()))
                .sorted()
                .toList();
    }
}
