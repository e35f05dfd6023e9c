package io.playhook.nativeimage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * A class that takes the place of parts of another one in the native image: by the annotations of GraalVM's
 * {@code com.oracle.svm.core.annotate}, which are read as names, for the tests have no GraalVM.
 *
 * @param source the class that holds the replacements
 * @param target the internal name of the class that they go into
 */
record Substitution(ClassNode source, String target) {

    private static final String ANNOTATIONS = "Lcom/oracle/svm/core/annotate/";

    /** A method or field of the target that must exist: it is replaced, or used as it is. */
    record Member(String name, String descriptor, boolean method, boolean replaced) {}

    static Optional<Substitution> of(ClassNode source) {
        return annotation(source.visibleAnnotations, "TargetClass")
                .filter(target -> applies(target) && !has(source.visibleAnnotations, "Delete"))
                .map(target -> new Substitution(source, targetName(target)));
    }

    /** Whether the whole class is replaced, so that it need not be like the original. */
    boolean replacesAll() {
        return has(source.visibleAnnotations, "Substitute");
    }

    /** The members that the target must have; {@code targets} gives the target of each substitution. */
    List<Member> members(Map<String, String> targets) {
        List<Member> members = new ArrayList<>();
        for (MethodNode method : source.methods) {
            if (refersToTarget(method.visibleAnnotations)) {
                members.add(new Member(
                        name(method.name, method.visibleAnnotations),
                        inTermsOfTargets(method.desc, targets),
                        true,
                        !has(method.visibleAnnotations, "Alias")));
            }
        }
        for (FieldNode field : source.fields) {
            if (refersToTarget(field.visibleAnnotations)) {
                members.add(new Member(
                        name(field.name, field.visibleAnnotations),
                        inTermsOfTargets(field.desc, targets),
                        false,
                        false));
            }
        }
        return members;
    }

    private static boolean refersToTarget(List<AnnotationNode> annotations) {
        boolean refers = Stream.of("Substitute", "Alias", "Delete", "KeepOriginal", "AnnotateOriginal")
                .anyMatch(name -> has(annotations, name));
        return refers
                && annotation(annotations, "TargetElement")
                        .map(Substitution::applies)
                        .orElse(true);
    }

    private static String name(String own, List<AnnotationNode> annotations) {
        return annotation(annotations, "TargetElement")
                .map(element -> (String) values(element).get("name"))
                .filter(name -> !name.isEmpty())
                .orElse(own);
    }

    private static String inTermsOfTargets(String descriptor, Map<String, String> targets) {
        String mapped = descriptor;
        for (Map.Entry<String, String> target : targets.entrySet()) {
            mapped = mapped.replace("L" + target.getKey() + ";", "L" + target.getValue() + ";");
        }
        return mapped;
    }

    private static String targetName(AnnotationNode target) {
        Map<String, Object> values = values(target);
        String name = values.get("className") instanceof String className
                ? className.replace('.', '/')
                : ((Type) values.get("value")).getInternalName();
        return values.get("innerClass") instanceof List<?> inner
                ? name + "$"
                        + String.join(
                                "$", inner.stream().map(String.class::cast).toList())
                : name;
    }

    // A condition that can't be asked without GraalVM counts as met: better a fault too many than one that is not seen.
    private static boolean applies(AnnotationNode annotation) {
        return !(values(annotation).get("onlyWith") instanceof List<?> conditions)
                || conditions.stream().allMatch(condition -> holds(((Type) condition).getClassName()));
    }

    private static boolean holds(String condition) {
        try {
            var constructor = Class.forName(condition).getDeclaredConstructor();
            constructor.setAccessible(true);
            Object instance = constructor.newInstance();
            return !(instance instanceof java.util.function.BooleanSupplier supplier) || supplier.getAsBoolean();
        } catch (ReflectiveOperationException | LinkageError noGraalVm) {
            return true;
        }
    }

    private static boolean has(List<AnnotationNode> annotations, String name) {
        return annotation(annotations, name).isPresent();
    }

    private static Optional<AnnotationNode> annotation(List<AnnotationNode> annotations, String name) {
        return annotations == null
                ? Optional.empty()
                : annotations.stream()
                        .filter(annotation -> annotation.desc.equals(ANNOTATIONS + name + ";"))
                        .findFirst();
    }

    private static Map<String, Object> values(AnnotationNode annotation) {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; annotation.values != null && i < annotation.values.size(); i += 2) {
            values.put((String) annotation.values.get(i), annotation.values.get(i + 1));
        }
        return values;
    }
}
