package io.playhook.delivery.lane;

import java.time.Duration;

import io.vertx.core.Context;

/** The one thread that a lane lives on. */
interface Loop {

    /** Runs a task soon, after those that were handed in before. */
    void run(Runnable task);

    /** Runs a task after a while. */
    void after(Duration delay, Runnable task);

    /** A Vert.x event loop. */
    static Loop of(Context context) {
        return new Loop() {
            @Override
            public void run(Runnable task) {
                context.runOnContext(v -> task.run());
            }

            @Override
            public void after(Duration delay, Runnable task) {
                context.owner().setTimer(Math.max(1, delay.toMillis()), timer -> run(task));
            }
        };
    }
}
