package io.playhook.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DemoTest {

    @Test
    void printsTheLinesThatTheReadmeShows() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(Demo.instructions("http://127.0.0.1:8080", 9000).lines().filter(line -> line.startsWith("curl")))
                .hasSize(3)
                .allSatisfy(line -> assertThat(readme).contains(line));
    }

    @Test
    void namesThePortsOnWhichItRuns() {
        assertThat(Demo.instructions("http://127.0.0.1:18080", 19000))
                .containsSubsequence(
                        "http://127.0.0.1:18080/ ",
                        "http://127.0.0.1:18080/q/swagger-ui",
                        "http://127.0.0.1:19000/q/metrics");
    }
}
