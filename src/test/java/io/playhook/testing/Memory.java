package io.playhook.testing;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.buffer.impl.VertxByteBufAllocator;

/**
 * What the process has in use, garbage not counted.
 *
 * @param heap bytes of objects that live
 * @param buffers bytes outside of the heap: those that Netty's pools have handed out, and those outside of any pool
 */
public record Memory(long heap, long buffers) {

    /** Collects garbage, and measures. */
    public static Memory inUse() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Memory(heap, handedOut() + unpooled());
    }

    private static long handedOut() {
        return metrics()
                .flatMap(pool -> pool.directArenas().stream())
                .mapToLong(PoolArenaMetric::numActiveBytes)
                .sum();
    }

    private static long unpooled() {
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        long netty = Math.max(0, PlatformDependent.usedDirectMemory());
        long pools = metrics()
                .mapToLong(PooledByteBufAllocatorMetric::usedDirectMemory)
                .sum();
        return direct + netty - pools;
    }

    private static Stream<PooledByteBufAllocatorMetric> metrics() {
        return Stream.of(
                ((PooledByteBufAllocator) VertxByteBufAllocator.POOLED_ALLOCATOR).metric(),
                PooledByteBufAllocator.DEFAULT.metric());
    }
}
