-- What the fan-out must know of a webhook's settings without reading JSON.
alter table webhooks
    add column ordered     boolean not null default false, -- "ordering": "player"
    add column coalesce_ms integer not null default 0;

-- Webhooks that were registered before these settings had an effect get it now. Settings may hold what PostgreSQL's JSON
-- functions refuse (a NUL, a lone surrogate); such a webhook keeps the defaults until it is saved again.
do $$
declare
    w record;
begin
    for w in select id, settings from webhooks where settings ~ '"(ordering|coalesce_ms)"' loop
        begin
            update webhooks
            set ordered = coalesce(w.settings::json ->> 'ordering' = 'player', false),
                coalesce_ms = coalesce((w.settings::json ->> 'coalesce_ms')::integer, 0)
            where id = w.id;
        exception when data_exception or invalid_text_representation then
            raise notice 'webhook %: its settings are not understood, ordering and coalesce_ms stay off', w.id;
        end;
    end loop;
end
$$;

-- The id of the delivery of an event to a webhook: a UUIDv7 whose random part is drawn from the two, so that a publish
-- whose answer was lost can be repeated and find what it has inserted.
create function delivery_id(event uuid, webhook integer, at timestamptz) returns uuid
    language sql immutable parallel safe
as $$
    select encode(
        set_byte(set_byte(hash, 6, get_byte(hash, 6) & 15 | 112), 8, get_byte(hash, 8) & 63 | 128), 'hex')::uuid
    from (
        select overlay(substring(sha256(uuid_send(event) || int4send(webhook)) from 1 for 16)
            placing substring(int8send(floor(extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6) as hash
    ) as hashed
$$;

-- From here on: deliveries that take turns. Those of one player at one webhook do, where the webhook is ordered or
-- coalesces. All other rows leave these columns null and cost nothing.
alter table delivery_queue
    add column player_uuid text,
    add column type        text, -- of the event
    add column position    bigint, -- order of acceptance
    add column outdated    text; -- what it becomes unless its attempt succeeds: 'superseded' or 'canceled'

create index delivery_queue_turns on delivery_queue (webhook_id, player_uuid, position) where player_uuid is not null;

create sequence delivery_position;

alter table deliveries
    drop constraint deliveries_status_check,
    add constraint deliveries_status_check
        check (status in ('delivered', 'failed', 'canceled', 'superseded')) not valid;

-- Makes one transaction at a time arrange the deliveries of a player at a webhook. The buckets bound how many locks an
-- array of 1,000 events can take; who takes several takes them in the order of (webhook, bucket).
create function turn_bucket(player text) returns integer
    language sql immutable parallel safe
as 'select hashtext(player) & 127';

-- Brings the deliveries of one player at one webhook into the state that they should be in. A delivery that waits for its
-- turn is due at infinity. Call it after anything that may change whose turn it is, in the same transaction.
--
-- No row lock is ever waited for under the advisory lock (skip locked): who records an attempt holds the row first.
create function arrange_turns(of_webhook integer, of_player text, at timestamptz) returns void
    language plpgsql
as $$
declare
    is_ordered boolean;
    hold       interval;
    inherited  timestamptz; -- when the first of the superseded updates would have gone out
begin
    perform pg_advisory_xact_lock(of_webhook, turn_bucket(of_player));
    select ordered, coalesce_ms * interval '1 millisecond' into is_ordered, hold from webhooks where id = of_webhook;

    if hold > interval '0' then
        -- What is in flight may still succeed; it is settled when its attempt is recorded.
        update delivery_queue q
        set outdated = newer.outdated
        from (
            select older.delivery_id,
                   case when bool_or(newer.type like '%\_destroy') then 'canceled' else 'superseded' end as outdated
            from delivery_queue older
            join delivery_queue newer on newer.webhook_id = of_webhook and newer.player_uuid = of_player
                and newer.position > older.position
                and (newer.type like '%\_update' or newer.type like '%\_destroy')
            where older.webhook_id = of_webhook and older.player_uuid = of_player and older.type like '%\_update'
            group by older.delivery_id
        ) newer
        where q.delivery_id = newer.delivery_id and q.outdated is distinct from newer.outdated
          and q.delivery_id in (
              select delivery_id from delivery_queue
              where webhook_id = of_webhook and player_uuid = of_player and type like '%\_update'
              for update skip locked);

        with gone as (
            delete from delivery_queue
            where delivery_id in (
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player
                  and outdated is not null and (leased_by is null or due_at <= at)
                for update skip locked)
            returning *
        ), history as (
            insert into deliveries (id, event_id, webhook_id, organization_id, status, reason, attempts,
                                    accepted_at, settled_at)
            select delivery_id, event_id, webhook_id, organization_id, outdated,
                   case outdated when 'canceled' then 'the player was destroyed'
                                 else 'a newer update of the player took its place' end,
                   attempts, accepted_at, at
            from gone
        )
        select min(due_at) into inherited from gone where attempts = 0 and isfinite(due_at);
    end if;

    if is_ordered then
        -- Its turn has come if nothing before it is open. An update may have to wait a little for a newer one.
        update delivery_queue
        set due_at = case when hold > interval '0' and type like '%\_update'
                          then greatest(at, least(accepted_at + hold, inherited)) else at end
        where delivery_id = (
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player
                order by position limit 1)
          and due_at = 'infinity';
    else
        -- With one update after the other, the hold counts from the first: else none would ever go out.
        update delivery_queue
        set due_at = case when due_at = 'infinity' then at else inherited end
        where webhook_id = of_webhook and player_uuid = of_player and leased_by is null
          and (due_at = 'infinity' or inherited < due_at and type like '%\_update' and attempts = 0);
    end if;
end
$$;

-- Queues a delivery that takes turns, and takes the lease for `pod` if it is its turn at once. Gives who holds the lease.
create function take_turn(
        the_delivery uuid, the_event uuid, the_webhook integer, the_organization integer, the_type text,
        the_player text, is_ordered boolean, hold_ms integer, at timestamptz, pod uuid, lease_until timestamptz)
    returns uuid
    language plpgsql
as $$
declare
    leased uuid;
begin
    perform pg_advisory_xact_lock(the_webhook, turn_bucket(the_player));
    insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at,
                                player_uuid, type, position)
    values (the_delivery, the_event, the_webhook, the_organization,
            case when is_ordered then 'infinity'
                 when the_type like '%\_update' then at + hold_ms * interval '1 millisecond'
                 else at end,
            at, the_player, the_type, nextval('delivery_position'));
    perform arrange_turns(the_webhook, the_player, at);
    update delivery_queue set due_at = lease_until, leased_by = pod
    where delivery_id = the_delivery and due_at <= at and pod is not null
    returning leased_by into leased;
    return leased;
end
$$;

-- The pods that are alive: each tells the time now and then. They share out what a webhook allows.
create table pods (
    id      uuid primary key,
    seen_at timestamptz not null
);
