package io.playhook.nativeimage.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Makes every call that loads by a name that is worked out tell {@link LoadedNames} of it. */
public final class Agent {

    private static final String NAMES = "io/playhook/nativeimage/agent/LoadedNames";
    private static final String LOADER = "java/lang/ClassLoader.";
    private static final String STRING = "(Ljava/lang/String;";

    // Instructions that leave the arguments on the stack as they are, with a copy of the one that names something on
    // top.
    // No local variable is used: the frames of the method need not change then.
    private static final int[] COPY_OF_LAST = {Opcodes.DUP};
    private static final int[] COPY_OF_LAST_BUT_ONE = {Opcodes.DUP2, Opcodes.POP};

    /** What is told of a call: the method of {@link LoadedNames}, its parameter, and how to come by it. */
    private record Telling(String method, String parameter, int[] copy, int[] after) {
        Telling(String method, String parameter, int... copy) {
            this(method, parameter, copy, new int[0]);
        }
    }

    private static final Telling TYPE = new Telling("type", "Ljava/lang/String;", COPY_OF_LAST);
    private static final Telling TYPE_FIRST_OF_THREE = new Telling(
            "type", "Ljava/lang/String;", new int[] {Opcodes.DUP2_X1, Opcodes.POP2, Opcodes.DUP}, new int[] {
                Opcodes.DUP_X2, Opcodes.POP
            });
    private static final Telling RESOURCE = new Telling("resource", "Ljava/lang/String;", COPY_OF_LAST);
    private static final Telling PROXY = new Telling("proxy", "[Ljava/lang/Class;", COPY_OF_LAST_BUT_ONE);
    private static final Telling SERVICE = new Telling("service", "Ljava/lang/Class;", COPY_OF_LAST);
    private static final Telling SERVICE_AND_LOADER = new Telling("service", "Ljava/lang/Class;", COPY_OF_LAST_BUT_ONE);

    private static final Map<String, Telling> CALLS = Map.of(
            "java/lang/Class.forName" + STRING + ")Ljava/lang/Class;",
            TYPE,
            "java/lang/Class.forName" + STRING + "ZLjava/lang/ClassLoader;)Ljava/lang/Class;",
            TYPE_FIRST_OF_THREE,
            LOADER + "loadClass" + STRING + ")Ljava/lang/Class;",
            TYPE,
            LOADER + "getResource" + STRING + ")Ljava/net/URL;",
            RESOURCE,
            LOADER + "getResources" + STRING + ")Ljava/util/Enumeration;",
            RESOURCE,
            LOADER + "getResourceAsStream" + STRING + ")Ljava/io/InputStream;",
            RESOURCE,
            "java/lang/reflect/Proxy.newProxyInstance(Ljava/lang/ClassLoader;[Ljava/lang/Class;"
                    + "Ljava/lang/reflect/InvocationHandler;)Ljava/lang/Object;",
            PROXY,
            "java/util/ServiceLoader.load(Ljava/lang/Class;)Ljava/util/ServiceLoader;",
            SERVICE,
            "java/util/ServiceLoader.load(Ljava/lang/Class;Ljava/lang/ClassLoader;)Ljava/util/ServiceLoader;",
            SERVICE_AND_LOADER);

    private Agent() {}

    /**
     * @param file where the names are written when the process ends
     */
    public static void premain(String file, Instrumentation instrumentation) {
        LoadedNames.writeAtEnd(Path.of(file));
        instrumentation.addTransformer(new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
                // The Java runtime's own look-ups are GraalVM's affair, and those of the launcher are not in the
                // binary.
                return loader == null || name.startsWith("io/quarkus/bootstrap/runner/") ? null : instrument(bytes);
            }
        });
    }

    private static byte[] instrument(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        String caller = reader.getClassName().replace('/', '.');
        boolean[] changed = {false};
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        return new Teller(
                                super.visitMethod(access, name, descriptor, signature, exceptions), caller, changed);
                    }
                },
                0);
        return changed[0] ? writer.toByteArray() : null;
    }

    /** Tells of the calls of one method, unless it is a constant that they name: those native-image sees by itself. */
    private static final class Teller extends MethodVisitor {
        private static final Set<String> LOADER_OF_SOMETHING =
                Set.of("currentThread", "getContextClassLoader", "getClassLoader");

        private final String caller;
        private final boolean[] changed;
        private boolean constant;

        Teller(MethodVisitor next, String caller, boolean[] changed) {
            super(Opcodes.ASM9, next);
            this.caller = caller;
            this.changed = changed;
        }

        @Override
        public void visitLdcInsn(Object value) {
            constant |= value instanceof String;
            super.visitLdcInsn(value);
        }

        @Override
        public void visitVarInsn(int opcode, int variable) {
            constant &= opcode == Opcodes.ALOAD;
            super.visitVarInsn(opcode, variable);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            constant = false;
            super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
            constant = false;
            super.visitJumpInsn(opcode, label);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            Telling telling = CALLS.get(owner + "." + name + descriptor);
            if (telling != null && !(constant && owner.equals("java/lang/Class"))) {
                changed[0] = true;
                tell(telling);
            }
            constant &= LOADER_OF_SOMETHING.contains(name);
            super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
        }

        private void tell(Telling telling) {
            for (int instruction : telling.copy()) {
                mv.visitInsn(instruction);
            }
            mv.visitLdcInsn(caller);
            mv.visitMethodInsn(
                    Opcodes.INVOKESTATIC,
                    NAMES,
                    telling.method(),
                    "(" + telling.parameter() + "Ljava/lang/String;)V",
                    false);
            for (int instruction : telling.after()) {
                mv.visitInsn(instruction);
            }
        }
    }
}
