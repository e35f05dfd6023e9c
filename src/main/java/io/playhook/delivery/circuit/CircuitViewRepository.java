package io.playhook.delivery.circuit;

import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Reads;

import static io.playhook.platform.database.Reads.time;

/** Reads circuits as they are shown. */
@ApplicationScoped
class CircuitViewRepository {

    private static final String SHOW = """
            select state, case when reason is not null then since end as since, failures,
                   case when state = 'open' and isfinite(open_until) then open_until end as next_probe_at
            from circuits where webhook_id = $1
            """;

    private static final String HISTORY = """
            select state, at, reason from circuit_changes where webhook_id = $1 order by number desc limit 50
            """;

    private final Reads reads;

    CircuitViewRepository(Reads reads) {
        this.reads = reads;
    }

    /** The circuit as it is shown, with its last changes, the newest first. */
    Uni<CircuitView> show(int webhookId) {
        return reads.query(HISTORY, Tuple.of(webhookId), CircuitViewRepository::change)
                .chain(history -> reads.query(SHOW, Tuple.of(webhookId), row -> view(row, history))
                        .map(found -> found.stream().findFirst().orElse(CircuitView.NEVER_OPEN)));
    }

    private static CircuitView.Change change(Row row) {
        return new CircuitView.Change(row.getString("state"), time(row, "at"), row.getString("reason"));
    }

    private static CircuitView view(Row row, List<CircuitView.Change> history) {
        return new CircuitView(
                row.getString("state"),
                time(row, "since"),
                time(row, "next_probe_at"),
                row.getInteger("failures"),
                history);
    }
}
