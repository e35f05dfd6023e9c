package io.playhook.nativeimage.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** What was loaded by name, and by whom. It lives on the boot class path, where each class finds it. */
public final class LoadedNames {

    private static final Set<String> SEEN = new ConcurrentSkipListSet<>();
    private static final StackWalker STACK = StackWalker.getInstance();

    private LoadedNames() {}

    /** Called before {@code Class.forName} and {@code ClassLoader.loadClass}. */
    public static void type(String name, String caller) {
        note("class", name, caller);
    }

    /** Called before {@code getResource} and its kind; {@code name} as it is given there. */
    public static void resource(String name, String caller) {
        note("resource", name, caller);
    }

    /** Called before {@code Proxy.newProxyInstance}. */
    public static void proxy(Class<?>[] interfaces, String caller) {
        StringBuilder names = new StringBuilder();
        for (Class<?> each : interfaces) {
            names.append(names.isEmpty() ? "" : ",").append(each.getName());
        }
        note("proxy", names.toString(), caller);
    }

    /** Called before {@code ServiceLoader.load}. */
    public static void service(Class<?> service, String caller) {
        note("service", service.getName(), caller);
    }

    // What static initializers do is done while the image is built.
    private static void note(String kind, String name, String caller) {
        if (name != null
                && STACK.walk(frames ->
                        frames.noneMatch(frame -> frame.getMethodName().equals("<clinit>")))) {
            SEEN.add(kind + " " + name + " " + caller);
        }
    }

    /** Writes a line for each when the process ends: the kind, the name, the class that asked. */
    public static void writeAtEnd(Path file) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                Files.write(file, SEEN);
            } catch (IOException e) {
                e.printStackTrace();
            }
        }));
    }
}
