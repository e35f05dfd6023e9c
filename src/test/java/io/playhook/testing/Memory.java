package io.playhook.testing;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;

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

    /**
     * What buffers in use hold of the pools' chunks. A pool's {@code numActiveBytes} are whole chunks of 4 MiB: one more
     * of those is what a busier moment leaves, not what an exchange forgot.
     */
    private static long handedOut() {
        return pools().mapToLong(PooledByteBufAllocator::pinnedDirectMemory).sum();
    }

    private static long unpooled() {
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        long netty = Math.max(0, PlatformDependent.usedDirectMemory());
        long pooled = pools().map(PooledByteBufAllocator::metric)
                .mapToLong(PooledByteBufAllocatorMetric::usedDirectMemory)
                .sum();
        return direct + netty - pooled;
    }

    private static Stream<PooledByteBufAllocator> pools() {
        return Stream.of(
                (PooledByteBufAllocator) VertxByteBufAllocator.POOLED_ALLOCATOR, PooledByteBufAllocator.DEFAULT);
    }
}
