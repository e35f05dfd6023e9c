package io.playhook.pods;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** The packaged service in a process of its own: the jar, or the native binary where one was built. */
public final class Pod implements AutoCloseable {

    private static final Path TARGET = Path.of("target");
    private static final Path JAR = TARGET.resolve("quarkus-app/quarkus-run.jar");

    /** For a pod that lives for seconds: the time that it takes to start matters more than the speed it comes to. */
    private static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Process process;
    private final int port;
    private final int managementPort;
    private final Path log;

    private Pod(Process process, int port, int managementPort, Path log) {
        this.process = process;
        this.port = port;
        this.managementPort = managementPort;
        this.log = log;
    }

    /** Starts a pod and waits until it is ready. */
    public static Pod start(Map<String, String> configuration) throws IOException {
        return start(configuration, SHORT_LIVED);
    }

    /**
     * Starts a pod that is as fast as one in production, but for what the options for its Java runtime say, and waits until it
     * is ready. A binary has no such options.
     */
    public static Pod start(Map<String, String> configuration, List<String> javaOptions) throws IOException {
        return awaitReady(launch(configuration, withArchive(javaOptions), Map.of()));
    }

    private static Pod awaitReady(Pod pod) throws IOException {
        Awaitility.await("the pod ready")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> !pod.process.isAlive() || pod.status("/q/health/ready") == 200);
        assertThat(pod.process.isAlive()).as(pod.log()).isTrue();
        return pod;
    }

    /** Starts a pod with environment variables beside its configuration, and waits until it is ready. */
    public static Pod startWith(Map<String, String> environment, Map<String, String> configuration) throws IOException {
        return awaitReady(launch(configuration, withArchive(SHORT_LIVED), environment));
    }

    /** Starts a pod with environment variables beside its configuration, and waits for nothing. */
    public static Pod launchWith(Map<String, String> environment, Map<String, String> configuration)
            throws IOException {
        return launch(configuration, withArchive(SHORT_LIVED), environment);
    }

    /** Starts a pod and waits for nothing. */
    public static Pod launch(Map<String, String> configuration) throws IOException {
        return launch(configuration, withArchive(SHORT_LIVED), Map.of());
    }

    private static Pod launch(
            Map<String, String> configuration, List<String> javaOptions, Map<String, String> environment)
            throws IOException {
        int port = freePort();
        Map<String, String> properties = new HashMap<>(configuration);
        properties.put("quarkus.http.port", Integer.toString(port));
        properties.put("quarkus.http.host", "127.0.0.1");
        int managementPort = freePort();
        properties.put("quarkus.management.port", Integer.toString(managementPort));
        properties.put("quarkus.management.host", "127.0.0.1");
        Path log = Files.createTempFile(TARGET, "pod-", ".log");
        ProcessBuilder builder = new ProcessBuilder(command(properties, javaOptions))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        return new Pod(process, port, managementPort, log);
    }

    public int port() {
        return port;
    }

    public String log() throws IOException {
        return Files.readString(log);
    }

    /** The port of health and metrics. */
    public int managementPort() {
        return managementPort;
    }

    /** The status that a GET of a path of the management port has; 0 if there is no answer. */
    public int status(String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + managementPort + path)
                    .toURL()
                    .openConnection();
            connection.setConnectTimeout(1_000);
            connection.setReadTimeout(10_000);
            return connection.getResponseCode();
        } catch (IOException notYet) {
            return 0;
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it without a warning, as {@code kill -9} does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to stop, as Kubernetes does, and waits until it has; gives the exit code. */
    public int stop() throws InterruptedException {
        process.destroy();
        return awaitExit();
    }

    /** Waits until it has ended by itself; gives the exit code. */
    public int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static List<String> command(Map<String, String> properties, List<String> javaOptions) throws IOException {
        List<String> command = new ArrayList<>();
        Path binary = binary();
        if (binary == null) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-Xmx256m");
            command.addAll(javaOptions);
        } else {
            command.add(binary.toString());
        }
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        if (binary == null) {
            command.add("-jar");
            command.add(JAR.toString());
        }
        return command;
    }

    /**
     * Adds the classes that a pod loads, as the Java runtime keeps them for the next process: that halves the time to start.
     * They are kept by the first pod after a build; where they do not fit the jar or the runtime, they are not used.
     */
    private static synchronized List<String> withArchive(List<String> javaOptions) throws IOException {
        if (!isOnJava()) {
            return javaOptions;
        }
        Path archive = TARGET.resolve("pods.jsa");
        if (!Files.exists(archive)
                || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(JAR)) < 0) {
            Files.deleteIfExists(archive);
            List<String> keep = List.of("-XX:ArchiveClassesAtExit=" + archive, "-XX:+UseSerialGC");
            try (Pod pod = awaitReady(launch(PlayhookDatabase.configuration(), keep, Map.of()))) {
                pod.stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        List<String> options = new ArrayList<>(javaOptions);
        options.add("-XX:SharedArchiveFile=" + archive);
        return options;
    }

    /** Whether it is the jar that is there, and not a binary. */
    public static boolean isOnJava() throws IOException {
        return binary() == null;
    }

    private static Path binary() throws IOException {
        if (Files.exists(JAR)) {
            return null;
        }
        try (var files = Files.list(TARGET)) {
            return files.filter(file -> file.toString().endsWith("-runner"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("Neither a jar nor a binary was built"));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
