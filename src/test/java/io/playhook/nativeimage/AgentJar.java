package io.playhook.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import org.objectweb.asm.ClassReader;

import io.playhook.nativeimage.agent.Agent;
import io.playhook.nativeimage.agent.LoadedNames;

/** Packs the agent into the two jars that the Java runtime asks for: the agent's own, and that of the boot class path. */
final class AgentJar {

    private AgentJar() {}

    /** Gives the option that starts a Java runtime with the agent. */
    static String option(Path folder, Path names) throws IOException {
        Path boot = jar(folder.resolve("loaded-names.jar"), new Attributes(), List.of(LoadedNames.class));
        Attributes attributes = new Attributes();
        attributes.putValue("Premain-Class", Agent.class.getName());
        attributes.putValue("Boot-Class-Path", boot.toAbsolutePath().toString());
        attributes.putValue(
                "Class-Path",
                ClassReader.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString());
        Path agent = jar(
                folder.resolve("agent.jar"),
                attributes,
                Stream.concat(Stream.of(Agent.class), Stream.of(Agent.class.getNestMembers()))
                        .distinct()
                        .toList());
        return "-javaagent:" + agent.toAbsolutePath() + "=" + names.toAbsolutePath();
    }

    private static Path jar(Path file, Attributes attributes, List<Class<?>> classes) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putAll(attributes);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            for (Class<?> type : classes) {
                String entry = type.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new JarEntry(entry));
                try (InputStream bytes = type.getClassLoader().getResourceAsStream(entry)) {
                    bytes.transferTo(jar);
                }
            }
        }
        return file;
    }
}
