package io.playhook.platform;

import java.util.function.Supplier;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Between Mutiny and Vert.x: the way of a publish is made of futures, which cost less for each request. */
public final class Futures {

    private Futures() {}

    /** Begins with each subscription; ends as the future does. */
    public static <T> Uni<T> uni(Supplier<Future<T>> future) {
        return Uni.createFrom().completionStage(() -> future.get().toCompletionStage());
    }

    /** Subscribes at once; ends as {@code uni} does, on whatever thread that does. */
    public static <T> Future<T> of(Uni<T> uni) {
        Promise<T> promise = Promise.promise();
        uni.subscribe().with(promise::complete, promise::fail);
        return promise.future();
    }
}
