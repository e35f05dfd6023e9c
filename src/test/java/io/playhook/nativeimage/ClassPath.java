package io.playhook.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;

/** The classes of the jars that the tests run with, which are those of the service and more, read but not loaded. */
final class ClassPath {

    private final Map<String, ClassNode> read = new HashMap<>();

    /** The jars, each once. */
    static Set<JarFile> jars() throws IOException {
        Set<JarFile> jars = new LinkedHashSet<>();
        for (URL manifest : Collections.list(loader().getResources("META-INF/MANIFEST.MF"))) {
            if (manifest.openConnection() instanceof JarURLConnection connection) {
                jars.add(connection.getJarFile());
            }
        }
        return jars;
    }

    /** A class by its internal name; empty where there is none. */
    Optional<ClassNode> find(String internalName) {
        return Optional.ofNullable(read.computeIfAbsent(internalName, ClassPath::read));
    }

    static ClassNode read(JarFile jar, JarEntry entry) {
        try (InputStream bytes = jar.getInputStream(entry)) {
            return read(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(jar.getName() + "!" + entry, e);
        }
    }

    private static ClassNode read(String internalName) {
        // Those of the Java runtime too, such as java/lang/Class.
        try (InputStream bytes = loader().getResourceAsStream(internalName + ".class")) {
            return bytes == null ? null : read(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(internalName, e);
        }
    }

    private static ClassNode read(InputStream bytes) throws IOException {
        ClassNode node = new ClassNode();
        new ClassReader(bytes).accept(node, ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        return node;
    }

    private static ClassLoader loader() {
        return ClassPath.class.getClassLoader();
    }
}
