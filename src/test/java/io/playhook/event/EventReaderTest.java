package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.platform.json.RawObject;
import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EventReaderTest {

    @Test
    void aLargeArrayIsNotReadByTheEventLoopsThatCarryDeliveries() {
        byte[] body = largeArrayWithAFault();
        Api api = Api.ofNewOrganization();
        Set<String> readers = new TreeSet<>();

        Awaitility.await("a thread seen while it reads").until(() -> {
            CompletableFuture<Void> request = CompletableFuture.runAsync(
                    () -> api.request().body(body).post("/v1/events").then().statusCode(400));
            while (!request.isDone()) {
                readers.addAll(threadsThatRead());
            }
            request.join();
            return !readers.isEmpty();
        });

        assertThat(readers).allMatch(name -> name.startsWith("playhook-read"));
    }

    /** Everything in it has to be read to see that the last one is wrong, and nothing is stored. */
    private static byte[] largeArrayWithAFault() {
        String event = "{\"type\":\"videofacade_update\",\"player\":{\"uuid\":\"p\",\"names\":[%s]}}"
                .formatted(String.join(",", Collections.nCopies(1_000, "\"name\"")));
        List<String> events = Collections.nCopies(999, event);
        return ("[" + String.join(",", events) + ",1]").getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> threadsThatRead() {
        Set<String> readers = Set.of(RawObject.class.getName(), Submission.class.getName());
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread ->
                        Arrays.stream(thread.getValue()).anyMatch(frame -> readers.contains(frame.getClassName())))
                .map(thread -> thread.getKey().getName())
                .toList();
    }
}
