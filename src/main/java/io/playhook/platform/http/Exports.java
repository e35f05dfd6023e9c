package io.playhook.platform.http;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestMulti;

import io.playhook.platform.Futures;
import io.playhook.platform.Ticker;
import io.playhook.platform.problem.Problem;
import io.playhook.platform.table.Column;
import io.playhook.platform.table.TableFormat;
import io.playhook.platform.table.TableWriter;

/**
 * Streams whole lists as tables, page after page: each is read when the client has taken the one before it, so that a slow client
 * holds one page and no snapshot of the database, and one that hangs up has nothing more read. Deliveries go first: all exports of
 * a pod together are at work for a part of the time.
 */
@Singleton
public class Exports {

    private static final Logger LOG = Logger.getLogger(Exports.class);

    /** How many rows are read at once: more are fewer statements, and a longer wait for whoever publishes meanwhile. */
    static final int PAGE = 100;

    /** How many exports of one organization may be under way in this pod. */
    static final int AT_ONCE = 3;

    /** For how many times as long as it has worked an export rests. */
    private static final int REST = 2;

    private static final DateTimeFormatter IN_FILE_NAMES =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private final Ticker ticker;
    private final Vertx vertx;
    private final WorkerExecutor thread;
    private final Map<String, Integer> underWay = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();

    public Exports(InstantSource clock, Ticker ticker, Vertx vertx) {
        this.clock = clock;
        this.ticker = ticker;
        this.vertx = vertx;
        this.thread = vertx.createSharedWorkerExecutor("playhook-export", 1);
    }

    /**
     * The table of a list. It fails with a {@link Problem} where the list can't be had, and where its first rows can't be read.
     *
     * @param name of the list, for the file
     */
    public <T> RestMulti<byte[]> of(
            TableFormat format, String name, Uni<ListRequest<T>> list, List<Column<T>> columns) {
        Uni<Export<T>> begun = list.chain(request -> {
            Export<T> export = new Export<>(request, format.writer(name, columns));
            export.begin();
            return export.read()
                    .onFailure()
                    .invoke(export::end)
                    .onCancellation()
                    .invoke(export::end)
                    .replaceWith(export);
        });
        String file = "%s-%s.%s".formatted(name, IN_FILE_NAMES.format(clock.instant()), format.extension());
        Map<String, List<String>> headers = Map.of(
                HttpHeaders.CONTENT_TYPE, List.of(format.contentType()),
                HttpHeaders.CONTENT_DISPOSITION, List.of("attachment; filename=\"%s\"".formatted(file)));
        return RestMulti.fromUniResponse(begun, Export::pieces, export -> headers);
    }

    /** How many are under way in this pod. */
    int underWay() {
        return all.get();
    }

    /** One that is under way. */
    private final class Export<T> {
        private final ListRequest<T> request;
        private final TableWriter<T> writer;
        private Optional<long[]> after;
        private int left;
        private Rows<T> rows;
        private boolean ended;
        private final AtomicBoolean isOpen = new AtomicBoolean();

        Export(ListRequest<T> request, TableWriter<T> writer) {
            this.request = request;
            this.writer = writer;
            Listing.Start start = request.listing().exportStart();
            this.after = start.after();
            this.left = start.rows();
        }

        Uni<Void> read() {
            return request.fetch()
                    .apply(new Listing.Start(after, Math.min(left, PAGE) + 1))
                    .invoke(found -> rows = found)
                    .replaceWithVoid();
        }

        Multi<byte[]> pieces() {
            return Multi.createBy()
                    .repeating()
                    .uni(this::next)
                    .whilst(piece -> !ended)
                    .onFailure()
                    .invoke(fault -> LOG.warnf("A table is cut off: %s", fault.getMessage()))
                    .onTermination()
                    .invoke(this::end);
        }

        private void begin() {
            if (underWay.merge(request.owner(), 1, Integer::sum) > AT_ONCE) {
                underWay.computeIfPresent(request.owner(), Exports::oneLess);
                throw Problem.tooMany("%d exports are under way already.".formatted(AT_ONCE));
            }
            all.incrementAndGet();
            isOpen.set(true);
        }

        private void end() {
            if (isOpen.compareAndSet(true, false)) {
                all.decrementAndGet();
                underWay.computeIfPresent(request.owner(), Exports::oneLess);
            }
        }

        private Uni<byte[]> next() {
            long began = ticker.nanos();
            return (rows == null ? read() : Uni.createFrom().voidItem())
                    .chain(() -> Futures.uni(() -> thread.executeBlocking(this::piece)))
                    .call(() -> ended ? Uni.createFrom().voidItem() : rest(ticker.nanos() - began));
        }

        private byte[] piece() {
            int most = Math.min(left, PAGE);
            List<T> items = rows.items().subList(0, Math.min(most, rows.items().size()));
            boolean isFull = rows.items().size() > most;
            left -= items.size();
            after = isFull ? Optional.of(rows.positions().get(most - 1)) : rows.end();
            ended = left == 0 || !isFull && !rows.more();
            rows = null;
            byte[] piece = writer.write(items);
            return ended ? together(piece, writer.end()) : piece;
        }

        private Uni<Void> rest(long worked) {
            Duration pause = Duration.ofNanos(REST * all.get() * worked);
            return Uni.createFrom()
                    .emitter(emitter -> vertx.setTimer(Math.max(1, pause.toMillis()), id -> emitter.complete(null)));
        }
    }

    private static byte[] together(byte[] piece, byte[] end) {
        byte[] both = Arrays.copyOf(piece, piece.length + end.length);
        System.arraycopy(end, 0, both, piece.length, end.length);
        return both;
    }

    private static Integer oneLess(String owner, Integer count) {
        return count == 1 ? null : Integer.valueOf(count - 1);
    }
}
