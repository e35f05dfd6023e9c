package io.playhook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import static org.assertj.core.api.Assertions.assertThat;

/** The files that operate the service speak of the service as it is. */
class ManifestsTest {

    private static final Path K8S = Path.of("k8s");
    private static final Path DOCKER = Path.of("src", "main", "docker");

    @Test
    void everyVariableThatIsSetIsOneThatTheServiceReads() throws IOException {
        Set<String> set = variablesSet();
        assertThat(set).contains("PLAYHOOK_DB_HOST", "PLAYHOOK_DB_PASSWORD", "PLAYHOOK_DB_MIGRATE");
        assertThat(variablesRead()).containsAll(set);
    }

    @Test
    void theServerIsProbedWhereTheServiceAnswers() {
        Object pod = servers().get("deployment.yaml");
        assertThat(at(pod, "containers", 0, "ports"))
                .isEqualTo(List.of(
                        Map.of("name", "http", "containerPort", 8080),
                        Map.of("name", "management", "containerPort", 9000)));
        Map.of("startupProbe", "started", "livenessProbe", "live", "readinessProbe", "ready")
                .forEach((probe, check) -> assertThat(at(pod, "containers", 0, probe, "httpGet"))
                        .isEqualTo(Map.of("path", "/q/health/" + check, "port", "management")));
    }

    @Test
    void onlyTheApisPortIsLedToFromOutside() {
        assertThat(strings(at(documents().get("service.yaml").get(0), "spec", "ports")))
                .singleElement()
                .asString()
                .contains("targetPort=http");
    }

    @Test
    void knativeProbesThePortThatItLeadsTo() {
        Object pod = servers().get("knative-service.yaml");
        assertThat(at(pod, "containers", 0, "ports", 0, "containerPort")).isEqualTo(8080);
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(at(pod, "containers", 0, probe, "tcpSocket")).isEqualTo(Map.of());
        }
    }

    @Test
    void noContainerRunsAsRootOrWritesToItsImage() {
        assertThat(pods()).isNotEmpty().allSatisfy((file, pod) -> {
            assertThat(List.of(
                            found(pod, "securityContext", "runAsNonRoot"),
                            found(pod, "containers", 0, "securityContext", "runAsNonRoot")))
                    .contains(List.of(true));
            Object security = at(pod, "containers", 0, "securityContext");
            assertThat(at(security, "readOnlyRootFilesystem")).isEqualTo(true);
            assertThat(at(security, "allowPrivilegeEscalation")).isEqualTo(false);
            assertThat(at(security, "capabilities", "drop")).isEqualTo(List.of("ALL"));
        });
    }

    @Test
    void everyImageHasAUserThatIsANumberAndNotRoot() throws IOException {
        for (String name : List.of("Dockerfile.jvm", "Dockerfile.native")) {
            assertThat(Files.readAllLines(DOCKER.resolve(name)))
                    .as(name)
                    .filteredOn(line -> line.startsWith("USER "))
                    .singleElement()
                    .asString()
                    .matches("USER [1-9][0-9]*");
        }
    }

    @Test
    void theMigrationRunsTheImageThatServes() {
        Set<Object> images = new TreeSet<>();
        pods().values().forEach(pod -> images.add(at(pod, "containers", 0, "image")));
        assertThat(images)
                .singleElement()
                .asString()
                .contains(":")
                .satisfies(image -> assertThat(
                                at(documents().get("kustomization.yaml").get(0), "images", 0, "name"))
                        .as("the name that the kustomization replaces")
                        .isEqualTo(image.substring(0, image.lastIndexOf(':'))));
    }

    @Test
    void theMigrationMigratesAndEnds() {
        Object env = at(pods().get("migration-job.yaml"), "containers", 0, "env");
        assertThat(env)
                .isEqualTo(List.of(
                        Map.of("name", "PLAYHOOK_DB_MIGRATE", "value", "true"),
                        Map.of("name", "QUARKUS_INIT_AND_EXIT", "value", "true")));
    }

    @Test
    void noServiceOfTheNamespaceCanSetAVariableOfOurs() {
        assertThat(pods())
                .allSatisfy(
                        (file, pod) -> assertThat(at(pod, "enableServiceLinks")).isEqualTo(false));
    }

    @Test
    void everyFileOfTheKustomizationIsThereAndTheSecretIsNotInIt() {
        Object resources = at(documents().get("kustomization.yaml").get(0), "resources");
        assertThat(documents().keySet()).containsAll(strings(resources));
        assertThat(strings(resources)).doesNotContain("secret.example.yaml");
    }

    @Test
    void everySecretOfTheExampleIsAPlaceholder() {
        Object data = at(documents().get("secret.example.yaml").get(0), "stringData");
        assertThat(((Map<?, ?>) data).values())
                .isNotEmpty()
                .allSatisfy(value -> assertThat((String) value).startsWith("<PLACEHOLDER"));
    }

    /** The names of ours that a manifest sets, also those of lines that are commented out for the reader to enable. */
    private static Set<String> variablesSet() throws IOException {
        Set<String> names = new TreeSet<>();
        Pattern key = Pattern.compile("(?m)^[ #-]*(?:name: )?(PLAYHOOK_[A-Z_]+)(?::|$)");
        for (Path file : files()) {
            key.matcher(Files.readString(file)).results().forEach(match -> names.add(match.group(1)));
        }
        return names;
    }

    /** The names of the variables behind every property that the code maps or application.properties mentions. */
    private static Set<String> variablesRead() throws IOException {
        Set<String> properties = new TreeSet<>();
        for (JavaClass found : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.playhook")) {
            if (found.isAnnotatedWith(ConfigMapping.class)) {
                properties.addAll(ConfigMappings.getProperties(ConfigClass.configClass(found.reflect()))
                        .keySet());
            }
        }
        assertThat(properties).contains("playhook.delivery.timeout");
        Pattern.compile("playhook(?:\\.[a-z-]+)+")
                .matcher(Files.readString(Path.of("src", "main", "resources", "application.properties")))
                .results()
                .forEach(match -> properties.add(match.group()));
        Set<String> names = new TreeSet<>();
        properties.forEach(
                property -> names.add(property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT)));
        return names;
    }

    /** The pod of each manifest that has one, by file. */
    private static Map<String, Object> pods() {
        Map<String, Object> pods = new TreeMap<>();
        documents()
                .forEach((file, documents) -> documents.forEach(
                        document -> found(document, "spec", "template", "spec").forEach(pod -> pods.put(file, pod))));
        assertThat(pods.values())
                .allSatisfy(pod -> assertThat(strings(at(pod, "containers"))).hasSize(1));
        return pods;
    }

    private static Map<String, Object> servers() {
        Map<String, Object> servers = pods();
        assertThat(servers.remove("migration-job.yaml")).isNotNull();
        return servers;
    }

    private static Map<String, List<Object>> documents() {
        try {
            Map<String, List<Object>> documents = new TreeMap<>();
            for (Path file : files()) {
                Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
                documents.put(
                        file.getFileName().toString(),
                        StreamSupport.stream(
                                        yaml.loadAll(Files.readString(file)).spliterator(), false)
                                .toList());
            }
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(K8S)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    private static Object at(Object node, Object... path) {
        List<Object> found = found(node, path);
        assertThat(found).as("%s", List.of(path)).hasSize(1);
        return found.get(0);
    }

    /** What lies at a path of keys and positions: one thing, or nothing. */
    private static List<Object> found(Object node, Object... path) {
        Object here = node;
        for (Object step : path) {
            if (here instanceof Map<?, ?> map) {
                here = map.get(step);
            } else if (here instanceof List<?> list && step instanceof Integer index && index < list.size()) {
                here = list.get(index);
            } else {
                here = null;
            }
            if (here == null) {
                return List.of();
            }
        }
        return List.of(here);
    }

    private static List<String> strings(Object list) {
        List<String> strings = new ArrayList<>();
        ((Collection<?>) list).forEach(item -> strings.add(String.valueOf(item)));
        return strings;
    }
}
