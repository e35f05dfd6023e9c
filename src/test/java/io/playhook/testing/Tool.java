package io.playhook.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Programs that tests run and that a JDK does not bring: {@code .ci/run} installs them. */
public final class Tool {

    private Tool() {}

    /** Where the program is. Where it is not, the test is skipped; in CI it fails. */
    public static Path installed(String name) {
        Optional<Path> found = Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)),
                        // Where Debian keeps servers; not on everybody's path.
                        Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty() && System.getenv("CI") != null) {
            fail("%s is missing, which .ci/run installs".formatted(name));
        }
        assumeTrue(found.isPresent(), () -> "skipped: %s is not on the PATH".formatted(name));
        return found.get();
    }
}
