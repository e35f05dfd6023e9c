-- A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits.
-- PostgreSQL has its own only from version 18; the fan-out makes ids inside the statement that inserts them.
create function uuid_v7(at timestamptz) returns uuid
    language sql volatile parallel safe
as $$
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send(floor(extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- No foreign keys from here on: these tables are written tens of thousands of times a second,
-- webhooks and organizations are never deleted as rows, and every row is written by one statement that joins them.

create table events (
    id              uuid primary key,
    organization_id integer not null,
    type            text not null,
    player_uuid     text not null,
    player          text not null, -- JSON as it was published: key order and spelling of numbers count
    occurred_at     timestamptz not null,
    accepted_at     timestamptz not null,
    trace_parent    text
);

create table idempotency_keys (
    organization_id integer not null,
    key             text not null,
    event_id        uuid not null,
    fingerprint     bytea not null, -- SHA-256 of what was published under the key
    created_at      timestamptz not null,
    primary key (organization_id, key)
);

-- Deliveries that are not settled yet. Rows are short and short-lived: settled ones move to `deliveries`.
create table delivery_queue (
    delivery_id     uuid primary key,
    event_id        uuid not null,
    webhook_id      integer not null,
    organization_id integer not null,
    attempts        smallint not null default 0, -- made so far
    due_at          timestamptz not null, -- when it may be claimed: its next attempt or, while leased, the end of the lease
    leased_by       uuid, -- the pod that holds it
    accepted_at     timestamptz not null
) with (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- Serves both questions of a pod: which webhooks have something due, and what is due for this one.
create index delivery_queue_due on delivery_queue (webhook_id, due_at);

-- Settled deliveries; append-only.
create table deliveries (
    id              uuid primary key,
    event_id        uuid not null,
    webhook_id      integer not null,
    organization_id integer not null,
    status          text not null check (status in ('delivered', 'failed', 'canceled')),
    reason          text,
    attempts        smallint not null,
    accepted_at     timestamptz not null,
    settled_at      timestamptz not null
);

-- Every HTTP request made for a delivery; append-only.
create table attempts (
    delivery_id   uuid not null,
    number        smallint not null,
    started_at    timestamptz not null,
    duration_ms   integer not null,
    outcome       text not null,
    status_code   smallint,
    reason        text,
    response_body bytea,
    primary key (delivery_id, number)
);
