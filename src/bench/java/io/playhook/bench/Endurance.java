package io.playhook.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;

import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * What of the heap is in use, garbage not counted, minute by minute under full load: that a service which runs for years keeps
 * nothing. Fails where it has grown. Also how much memory the process has.
 *
 * <p>Arguments: {@code --minutes=3}; {@code --jdk=/usr/lib/jvm/...}, for another Java of the service.
 */
final class Endurance {

    private static final int ORGANIZATIONS = 10;

    /** What caches take, and what is in flight when it is measured. */
    private static final double GROWTH_ALLOWED_MIB = 8;

    private static final Path TABLE = Path.of("target/bench/endurance.md");

    private Endurance() {}

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        Jvm jvm = Bench.jvm(named);
        int minutes = Bench.value(named, "--minutes=").map(Integer::parseInt).orElse(3);
        List<String> table = new ArrayList<>(
                List.of("| after | accepted/s | heap in use, MiB | resident, MiB |", "| --- | --- | --- | --- |"));
        double first = 0;
        double last = 0;
        try (Load load = new Load();
                Deployment deployment = Deployment.embedded(Files.createTempDirectory("playhook-endurance-"), jvm)) {
            List<String> tokens = new ArrayList<>();
            for (int i = 0; i < ORGANIZATIONS; i++) {
                tokens.add(deployment
                        .newOrganization(1, load.sinkPort(), Sink.NOTED)
                        .token());
            }
            // After the first minute everything is there that the load makes it build up: connections, buffers, code.
            for (int minute = 1; minute <= minutes + 1; minute++) {
                long arrived = load.arrived();
                Published published = load.publish(deployment.ports(), new Publishing(tokens, 1, 0), 60);
                load.awaitArrivals(arrived + published.events());
                double resident = Usage.residentMib(deployment.servicePid());
                last = heapInUse(jvm, deployment.servicePid());
                first = minute == 1 ? last : first;
                table.add(String.format(
                        Locale.ROOT,
                        "| %d min | %,.0f | %.1f | %.0f |",
                        minute,
                        published.perSecond(),
                        last,
                        resident));
                Bench.say(table.get(table.size() - 1));
            }
        }
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
        if (last - first > GROWTH_ALLOWED_MIB) {
            throw new IllegalStateException("The heap in use has grown by %.1f MiB".formatted(last - first));
        }
    }

    // The histogram has the garbage collected first. Its last line is the sum: objects, and bytes.
    private static double heapInUse(Jvm jvm, long pid) throws Exception {
        Process process = new ProcessBuilder(
                        jvm.home().resolve("bin/jcmd").toString(), Long.toString(pid), "GC.class_histogram")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String total = "";
        try (Scanner lines = new Scanner(process.getInputStream())) {
            while (lines.hasNextLine()) {
                String line = lines.nextLine().strip();
                total = line.startsWith("Total") ? line : total;
            }
        }
        return Long.parseLong(total.split("\\s+")[2]) / 1_048_576.0;
    }
}
