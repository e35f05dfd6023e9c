package io.playhook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the service runs on. */
record Jvm(Path home, List<String> options) {

    /**
     * Those of the image, with what Java makes of the memory of the manifests (512 MiB): the garbage collector for small
     * machines, and a heap that begins small and may take half. What an older Java does not know it leaves out.
     */
    static final List<String> OPTIONS_OF_THE_IMAGE = List.of(
            "-Xms8m",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData");

    Jvm with(String option) {
        return new Jvm(home, Stream.concat(options.stream(), Stream.of(option)).toList());
    }

    /** The version of Java, such as 25. */
    int version() throws IOException {
        return Files.readAllLines(home.resolve("release")).stream()
                .filter(line -> line.startsWith("JAVA_VERSION="))
                .map(line -> line.replaceAll("[^0-9.]", "").replaceAll("\\..*", ""))
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElseThrow();
    }
}
