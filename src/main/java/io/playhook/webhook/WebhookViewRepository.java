package io.playhook.webhook;

import java.util.List;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Reads;

import static io.playhook.platform.database.Reads.time;

/** Reads webhooks as they are shown, with their circuits. */
@ApplicationScoped
class WebhookViewRepository {

    private static final String SHOWN = """
            select w.*, coalesce(c.state, 'closed') as circuit,
                   case when c.reason is not null then c.since end as circuit_since,
                   case when c.state = 'open' and isfinite(c.open_until) then c.open_until end as next_probe_at
            from webhooks w
            left join lateral (select * from circuits where webhook_id = w.id limit 1) c on true
            where w.organization_id = $1 and w.status <> 'deleted'
            """;

    private static final String ONE = SHOWN + "and w.id = $2";

    private static final String LIST = SHOWN + """
            and w.id > $2 and ($3::text is null or w.status = $3) and ($4::text is null or $4 = any (w.event_subscriptions))
            order by w.id limit $5
            """;

    private final Reads reads;

    WebhookViewRepository(Reads reads) {
        this.reads = reads;
    }

    /**
     * A webhook as it is shown, at a version.
     *
     * @param version what its entity tag is made of; its circuit has no part in it
     */
    record Shown(WebhookView view, int version) {}

    /** The organization's webhook; empty if there is none. */
    Uni<Optional<Shown>> find(int organizationId, int id) {
        return reads.query(ONE, Tuple.of(organizationId, id), WebhookViewRepository::shown)
                .map(found -> found.stream().findFirst());
    }

    /** The organization's webhooks in the order of their ids, from behind {@code after}. */
    Uni<List<WebhookView>> list(
            int organizationId, int after, Optional<WebhookStatus> status, Optional<EventType> event, int limit) {
        Tuple parameters = Tuple.of(organizationId, after, text(status), text(event), limit);
        return reads.query(LIST, parameters, row -> shown(row).view());
    }

    private static String text(Optional<?> filter) {
        return filter.map(Object::toString).orElse(null);
    }

    private static Shown shown(Row row) {
        WebhookView view = new WebhookView(
                row.getInteger("id"),
                row.getInteger("organization_id"),
                row.getString("url"),
                List.of(row.getArrayOfStrings("event_subscriptions")),
                row.getString("settings"),
                row.getString("status"),
                row.getString("status_reason"),
                new WebhookView.Circuit(
                        row.getString("circuit"), time(row, "circuit_since"), time(row, "next_probe_at")),
                time(row, "created_at"),
                time(row, "updated_at"));
        return new Shown(view, row.getInteger("version"));
    }
}
