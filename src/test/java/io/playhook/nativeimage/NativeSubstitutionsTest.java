package io.playhook.nativeimage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.tree.ClassNode;

import io.playhook.nativeimage.Substitution.Member;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Quarkus replaces methods of the libraries by others in the native image, by name and parameters. A library of another
 * version than Quarkus was made for may have other ones: then the native build ends, where nobody builds it each day. With
 * Netty 4.1.139 it did: an overload that nothing replaced led to OpenSSL, which is not there.
 */
class NativeSubstitutionsTest {

    private static final ClassPath CLASSES = new ClassPath();
    private static List<Substitution> substitutions;
    private static Map<String, String> targets;

    @BeforeAll
    static void readTheSubstitutions() throws IOException {
        substitutions = new ArrayList<>();
        for (JarFile jar : ClassPath.jars()) {
            jar.stream()
                    .filter(entry -> entry.getName().endsWith(".class")
                            && !entry.getName().startsWith("META-INF/")
                            && !entry.getName().endsWith("module-info.class"))
                    .flatMap(entry -> Substitution.of(ClassPath.read(jar, entry)).stream())
                    // Those of the Java runtime are the affair of the GraalVM that brings it.
                    .filter(substitution -> !substitution.target().matches("(java|javax|jdk|sun)/.*"))
                    .forEach(substitutions::add);
        }
        targets = substitutions.stream()
                .collect(Collectors.toMap(s -> s.source().name, Substitution::target, (one, other) -> one));
    }

    @Test
    void readsThoseOfTheLibrariesThatMatterMost() {
        assertThat(targets.values())
                .contains(
                        "io/netty/handler/ssl/SslContext", "io/vertx/core/impl/VertxBuilder", "org/postgresql/Driver");
    }

    @Test
    void everythingThatIsReplacedIsThere() {
        List<String> missing = new ArrayList<>();
        for (Substitution substitution : substitutions) {
            CLASSES.find(substitution.target())
                    .filter(target -> !substitution.replacesAll())
                    .ifPresent(target -> substitution.members(targets).stream()
                            .filter(member -> !has(target, member))
                            .forEach(member -> missing.add(describe(target, member))));
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void noOverloadOfWhatIsReplacedStaysUnreviewed() throws IOException {
        Set<String> left = new TreeSet<>();
        for (Substitution substitution : substitutions) {
            List<Member> replaced = substitution.members(targets).stream()
                    .filter(member -> member.method() && !member.name().equals("<init>"))
                    .toList();
            CLASSES.find(substitution.target())
                    .filter(target -> !substitution.replacesAll())
                    .ifPresent(target -> target.methods.stream()
                            .filter(method -> replaced.stream()
                                    .anyMatch(m -> m.replaced() && m.name().equals(method.name)))
                            .filter(method -> replaced.stream()
                                    .noneMatch(m -> m.name().equals(method.name)
                                            && m.descriptor().equals(method.desc)))
                            .forEach(method -> left.add(target.name + "." + method.name + method.desc)));
        }
        assertThat(left).containsExactlyInAnyOrderElementsOf(reviewed());
    }

    // What is used as it is may be inherited; what is replaced must be the class's own.
    private static boolean has(ClassNode target, Member member) {
        boolean own = member.method()
                ? target.methods.stream()
                        .anyMatch(m -> m.name.equals(member.name()) && m.desc.equals(member.descriptor()))
                : target.fields.stream().anyMatch(f -> f.name.equals(member.name()));
        return own
                || (!member.replaced()
                        && target.superName != null
                        && CLASSES.find(target.superName)
                                .filter(parent -> has(parent, member))
                                .isPresent());
    }

    private static String describe(ClassNode target, Member member) {
        return target.name + "." + member.name() + member.descriptor();
    }

    // Lines that begin with # are comments.
    private static Set<String> reviewed() throws IOException {
        try (var list = NativeSubstitutionsTest.class.getResourceAsStream("/native/overloads-left.txt")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
