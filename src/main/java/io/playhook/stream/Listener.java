package io.playhook.stream;

import java.time.Duration;
import java.util.List;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import org.jboss.logging.Logger;

/**
 * A client that listens. It holds what its connection has not taken yet, a page of attempts at most, and otherwise its position:
 * where the client is slow, nothing is read for it until it has caught up with what was written. All but what the {@link Tail} calls
 * runs on the context of its request.
 */
final class Listener implements Tail.Follower {

    private static final Logger LOG = Logger.getLogger(Listener.class);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private final StreamRepository repository;
    private final Tail tail;
    private final StreamText text;
    private final Context context;
    private final HttpServerResponse response;
    private final int organizationId;
    private final Filter filter;

    private StreamPosition position;
    private StreamPosition lastBeatAt;
    private boolean isLive;
    private boolean hasEnded;

    Listener(
            StreamRepository repository,
            Tail tail,
            StreamText text,
            Context context,
            HttpServerResponse response,
            int organizationId,
            Filter filter,
            StreamPosition position) {
        this.repository = repository;
        this.tail = tail;
        this.text = text;
        this.context = context;
        this.response = response;
        this.organizationId = organizationId;
        this.filter = filter;
        this.position = position;
    }

    @Override
    public int organizationId() {
        return organizationId;
    }

    /** Sends what is behind the position, and then what is new. */
    void catchUp() {
        if (hasEnded) {
            return;
        }
        if (response.writeQueueFull()) {
            response.drainHandler(drained -> {
                response.drainHandler(null);
                catchUp();
            });
            return;
        }
        repository
                .behind(position, List.of(organizationId))
                .subscribe()
                .with(page -> context.runOnContext(now -> went(page)), fault -> {
                    LOG.debugf("A stream waits: %s", fault.getMessage());
                    context.owner().setTimer(AGAIN_AFTER.toMillis(), timer -> context.runOnContext(now -> catchUp()));
                });
    }

    private void went(StreamRepository.Page page) {
        Batch batch = text.batch(organizationId, page.of(organizationId));
        send(batch);
        boolean isFull = page.isFull(organizationId);
        if (isFull) {
            position = batch.end();
        } else {
            seen(page.horizon());
        }
        if (hasEnded) {
            return;
        }
        isLive = !isFull && !response.writeQueueFull() && tail.join(this, page.horizon());
        if (!isLive) {
            catchUp();
        }
    }

    @Override
    public void take(Batch batch, long seen) {
        context.runOnContext(now -> {
            if (isLive && !hasEnded) {
                send(batch);
                seen(seen);
                if (response.writeQueueFull()) {
                    isLive = false;
                    tail.leave(this);
                    catchUp();
                }
            }
        });
    }

    @Override
    public void fallBehind() {
        context.runOnContext(now -> {
            if (isLive) {
                isLive = false;
                catchUp();
            }
        });
    }

    private void seen(long tx) {
        StreamPosition reached = StreamPosition.before(tx);
        if (reached.compareTo(position) > 0) {
            position = reached;
        }
    }

    private void send(Batch batch) {
        Buffer events = batch.of(filter, position);
        if (events.length() > 0 && !hasEnded) {
            response.write(events);
        }
    }

    /**
     * Shows that the connection lives, and from where to go on: that nothing happened for a while has to be read but once.
     *
     * @return whether the client has taken anything since the last time
     */
    boolean beat() {
        if (response.writeQueueFull()) {
            boolean goesOn = !position.equals(lastBeatAt);
            lastBeatAt = position;
            return goesOn;
        }
        response.write("id: " + text.id(organizationId, position) + "\n\n");
        return true;
    }

    /** Sends nothing more. */
    void end() {
        hasEnded = true;
        tail.leave(this);
    }
}
