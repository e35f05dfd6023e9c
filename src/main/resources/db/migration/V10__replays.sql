-- A window of time whose deliveries to one webhook are sent again, a few at a time: what of it is to go out next is opened in
-- delivery_queue, and how far that has come stands here, so that any pod can go on with it.
create table replays (
    id              integer generated always as identity primary key,
    organization_id integer not null references organizations,
    webhook_id      integer not null references webhooks,
    status          text not null default 'running' check (status in ('running', 'done', 'canceled')),
    since           timestamptz not null,
    until           timestamptz not null,
    statuses        text[] not null, -- of deliveries: failed, canceled, delivered
    is_for_missing  boolean not null, -- events that have no delivery to the webhook
    types           text[], -- null for all
    rate_limit      float8, -- at most so many a second; null for no limit of its own
    feed_start      xid8 not null, -- what was accepted from `since` on stands behind it in the feed
    feed_end        xid8 not null default pg_snapshot_xmax(pg_current_snapshot()), -- what was accepted before this replay, before it
    total           integer, -- how many there are; null while they are counted
    opened          integer not null default 0, -- how many were given to the queue; while they are counted, how many were found
    stage           text not null check (stage in ('settled', 'missing', 'end')), -- where to go on, and there behind:
    after_event     uuid not null,
    after_tx        xid8 not null,
    after_id        uuid not null,
    paced_at        timestamptz not null default now(), -- up to when the rate limit has been used up
    created_at      timestamptz not null default now(),
    finished_at     timestamptz
);

create index replays_of_webhook on replays (webhook_id, id);
create unique index replays_running on replays (webhook_id) where status = 'running';

alter table delivery_queue
    add column replay_id      integer, -- the replay that sends it again
    add column replayed_after smallint, -- how many attempts were made before that
    add constraint delivery_queue_replay check ((replay_id is null) = (replayed_after is null));

-- Those that a replay has opened and nobody has sent yet.
create index delivery_queue_replayed on delivery_queue (replay_id) where replay_id is not null and attempts = replayed_after;
