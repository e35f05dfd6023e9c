package io.playhook.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.bootstrap.app.CuratedApplication;
import io.quarkus.bootstrap.app.QuarkusBootstrap;

/**
 * What Quarkus hands to {@code native-image}: made as in a native build, up to the point where GraalVM takes over.
 */
final class NativeSources {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Set<String> types = new HashSet<>();
    private final Set<String> proxies = new HashSet<>();
    private final List<Pattern> resources = new ArrayList<>();
    private final Set<String> entries = new HashSet<>();

    private NativeSources() {}

    /** Makes them in a folder; takes a quarter of a minute. */
    static NativeSources make(Path folder) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("quarkus.native.enabled", "true");
        properties.setProperty("quarkus.native.sources-only", "true");
        properties.setProperty("quarkus.package.jar.enabled", "false");
        try (CuratedApplication application = QuarkusBootstrap.builder()
                .setApplicationRoot(Path.of("target/classes").toAbsolutePath())
                .setProjectRoot(Path.of("").toAbsolutePath())
                .setTargetDirectory(folder)
                .setBaseName("playhook")
                .setMode(QuarkusBootstrap.Mode.PROD)
                .setIsolateDeployment(true)
                .setLocalProjectDiscovery(true)
                .setBuildSystemProperties(properties)
                .build()
                .bootstrap()) {
            application.createAugmentor().createProductionApplication();
        }
        NativeSources sources = new NativeSources();
        try (Stream<Path> files = Files.walk(folder.resolve("native-sources"))) {
            for (Path jar :
                    files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                sources.read(new JarFile(jar.toFile()));
            }
        }
        return sources;
    }

    /** Whether there is such a class or resource at all. */
    boolean has(String entry) {
        return entries.contains(entry);
    }

    boolean registersType(String name) {
        return types.contains(name);
    }

    /** @param interfaces their names with commas between them */
    boolean registersProxy(String interfaces) {
        return proxies.contains(interfaces);
    }

    boolean registersResource(String path) {
        return resources.stream().anyMatch(pattern -> pattern.matcher(path).matches());
    }

    private void read(JarFile jar) throws IOException {
        try (jar) {
            jar.stream().map(JarEntry::getName).forEach(entries::add);
            jar.stream()
                    .filter(entry -> entry.getName().matches("META-INF/native-image/.*\\.json"))
                    .forEach(entry -> collect(read(jar, entry)));
        }
    }

    private static JsonNode read(JarFile jar, JarEntry entry) {
        try (InputStream in = jar.getInputStream(entry)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(jar.getName() + "!" + entry, e);
        }
    }

    // One file for each kind, or one for all: the fields say what is what.
    private void collect(JsonNode node) {
        if (node.isArray() && !node.isEmpty() && node.get(0).isTextual()) {
            proxies.add(joined(node));
        }
        if (node.isObject()) {
            Stream.of("name", "type")
                    .filter(key -> node.path(key).isTextual())
                    .forEach(key -> types.add(node.get(key).asText()));
            if (node.path("pattern").isTextual()) {
                resources.add(Pattern.compile(node.get("pattern").asText()));
            }
            if (node.path("glob").isTextual()) {
                resources.add(Pattern.compile(
                        node.get("glob").asText().replace(".", "\\.").replace("*", ".*")));
            }
            if (node.path("interfaces").isArray()) {
                proxies.add(joined(node.get("interfaces")));
            }
        }
        node.forEach(this::collect);
    }

    private static String joined(JsonNode names) {
        List<String> texts = new ArrayList<>();
        names.forEach(name -> texts.add(name.asText()));
        return String.join(",", texts);
    }
}
