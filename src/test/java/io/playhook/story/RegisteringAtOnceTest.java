package io.playhook.story;

import java.util.Map;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** Registrations that come at the same time do not get in each other's way. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class RegisteringAtOnceTest {

    @Test
    void twoThatShareOneLookUpOfTheirHostAreBothAnswered() {
        Api api = Api.ofNewOrganization();
        long ids = IntStream.range(0, 300)
                .parallel()
                .mapToObj(i -> api.register("http://receiver.test:9/" + i, Map.of()))
                .distinct()
                .count();
        assertThat(ids).isEqualTo(300);
    }
}
