package io.playhook.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a process and its children have used, as Linux counts it ({@code /proc}, see proc(5)). */
final class Usage {

    private static final double TICKS_PER_SECOND = 100;
    private static final int FIRST_AFTER_NAME = 3;
    private static final int USER_TIME = 14;
    private static final int REAPED_SYSTEM_TIME = 17;

    private Usage() {}

    /** The CPU time of a process, its children, and those of its children that have ended; in seconds. */
    static double cpuSeconds(long pid) {
        return Stream.concat(
                        Stream.of(pid),
                        ProcessHandle.of(pid).stream()
                                .flatMap(ProcessHandle::descendants)
                                .map(ProcessHandle::pid))
                .mapToDouble(Usage::ownCpuSeconds)
                .sum();
    }

    private static double ownCpuSeconds(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The name in the second field may hold blanks.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = 0;
            for (int i = USER_TIME; i <= REAPED_SYSTEM_TIME; i++) {
                ticks += Long.parseLong(fields[i - FIRST_AFTER_NAME]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException endedMeanwhile) {
            return 0;
        }
    }

    /** The memory of a process that is in RAM, in MiB. */
    static double residentMib(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
