-- Until now `due_at` was four things: place in the order, time of the next attempt, end of a lease, and infinity. A lease
-- has its own column from here on, so what is given back keeps its place.
drop index delivery_queue_due;

alter table delivery_queue
    add column leased_until timestamptz;

update delivery_queue set leased_until = due_at, due_at = least(due_at, accepted_at) where leased_by is not null;

alter table delivery_queue
    add constraint delivery_queue_lease check ((leased_by is null) = (leased_until is null)),
    -- It is emptied again and again. To give back its pages would lock out everybody each time, and a plan that is made
    -- while it has few would read it whole, and go on doing so once it has filled.
    set (vacuum_truncate = false);

-- What waits for a webhook, in its order; and leases, in the order in which they end. A row is in one of the two.
create index delivery_queue_due on delivery_queue (webhook_id, due_at) where leased_by is null;
create index delivery_queue_leased on delivery_queue (leased_until) where leased_by is not null;

-- When to look at which webhook. The rule: for each webhook that has deliveries waiting, and may get them at some time
-- that is known, there is a row that comes due no later than that. There may be several, and ones that turn out needless.
--
-- Rows are only ever added and removed, so nobody waits for anybody. Whoever removes some in a statement sees, in the same
-- snapshot, what they were added for, and adds one for what is left (DeliveryQueue).
create table due_webhooks (
    webhook_id integer not null,
    due_at     timestamptz not null
) with (
    vacuum_truncate = false,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

create index due_webhooks_in_order on due_webhooks (due_at, webhook_id);
create index due_webhooks_of_webhook on due_webhooks (webhook_id, due_at);

-- Hundreds of pages that the planner counts with from the start, and always.
insert into due_webhooks select 0, 'infinity' from generate_series(1, 60000);
delete from due_webhooks;
insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at)
    select gen_random_uuid(), gen_random_uuid(), 0, 0, 'infinity', now() from generate_series(1, 32000);
delete from delivery_queue where webhook_id = 0;
insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
    select gen_random_uuid(), 0, '', '', repeat(' ', 400), now(), now() from generate_series(1, 6400);
delete from events where organization_id = 0;
analyze due_webhooks, delivery_queue, events;

insert into due_webhooks
    select webhook_id, min(due_at) from delivery_queue
    where leased_by is null and due_at < 'infinity' group by webhook_id;

create function note_waiting() returns trigger
    language plpgsql
as $$
begin
    insert into due_webhooks (webhook_id, due_at)
    select webhook_id, min(due_at) from changed
    where leased_by is null and due_at < 'infinity'
    group by webhook_id;
    return null;
end
$$;

create trigger delivery_queue_inserted after insert on delivery_queue
    referencing new table as changed for each statement execute function note_waiting();
create trigger delivery_queue_updated after update on delivery_queue
    referencing new table as changed for each statement execute function note_waiting();

-- A webhook that was paused goes on, or has ended and leaves something to cancel.
create function note_status() returns trigger
    language plpgsql
as $$
begin
    insert into due_webhooks (webhook_id, due_at) values (new.id, now());
    return null;
end
$$;

create trigger webhooks_status after update of status on webhooks
    for each row when (old.status is distinct from new.status) execute function note_status();

-- A late result of one probe must not be taken for that of another.
alter table circuits
    add column probe_id uuid; -- the probe that is out

create function note_circuit() returns trigger
    language plpgsql
as $$
begin
    insert into due_webhooks (webhook_id, due_at) values (new.webhook_id, coalesce(new.open_until, now()));
    return null;
end
$$;

create trigger circuits_changed after update of state, open_until on circuits
    for each row
    when (old.state is distinct from new.state or old.open_until is distinct from new.open_until)
    execute function note_circuit();

-- Turns are taken under a row lock, of which a transaction may have any number. Advisory locks lie in a table of fixed
-- size that all of the server shares: one array of events for fifty ordered webhooks could fill it.
create table turn_locks (
    webhook_id integer not null,
    bucket     smallint not null,
    primary key (webhook_id, bucket)
);

-- Waits until nobody else arranges the turns of this player (or of one in the same bucket) at this webhook.
create function lock_turns(of_webhook integer, of_player text) returns void
    language plpgsql
as $$
begin
    perform from turn_locks where webhook_id = of_webhook and bucket = turn_bucket(of_player) for update;
    if not found then
        insert into turn_locks (webhook_id, bucket) values (of_webhook, turn_bucket(of_player)) on conflict do nothing;
        perform from turn_locks where webhook_id = of_webhook and bucket = turn_bucket(of_player) for update;
    end if;
end
$$;

drop function take_turn(uuid, uuid, integer, integer, text, text, boolean, integer, timestamptz, uuid, timestamptz);
drop function arrange_turns(integer, text, timestamptz);
drop function uuid_v7(timestamptz);

-- Brings the deliveries of one player at one webhook into the state that they should be in. A delivery that waits for its
-- turn is due at infinity. Call it after anything that may change whose turn it is, in the same transaction.
--
-- No row of the queue is ever waited for under the lock (skip locked): who records an attempt holds its row first.
create function arrange_turns(of_webhook integer, of_player text) returns void
    language plpgsql
as $$
declare
    is_ordered boolean;
    hold       interval;
    inherited  timestamptz; -- when the first of the superseded updates would have gone out
begin
    perform lock_turns(of_webhook, of_player);
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
                  and outdated is not null and (leased_by is null or leased_until <= now())
                for update skip locked)
            returning *
        ), history as (
            insert into deliveries (id, event_id, webhook_id, organization_id, status, reason, attempts,
                                    accepted_at, settled_at)
            select delivery_id, event_id, webhook_id, organization_id, outdated,
                   case outdated when 'canceled' then 'the player was destroyed'
                                 else 'a newer update of the player took its place' end,
                   attempts, accepted_at, now()
            from gone
            on conflict (id) do update
            set status = excluded.status, reason = excluded.reason, attempts = excluded.attempts,
                settled_at = excluded.settled_at
        )
        select min(due_at) into inherited from gone where attempts = 0 and isfinite(due_at);
    end if;

    if is_ordered then
        -- Its turn has come if nothing before it is open. An update may have to wait a little for a newer one.
        update delivery_queue
        set due_at = case when hold > interval '0' and type like '%\_update'
                          then greatest(now(), least(accepted_at + hold, inherited)) else now() end
        where delivery_id = (
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player
                order by position limit 1)
          and due_at = 'infinity';
    else
        -- With one update after the other, the hold counts from the first: else none would ever go out.
        update delivery_queue
        set due_at = case when due_at = 'infinity' then now() else inherited end
        where webhook_id = of_webhook and player_uuid = of_player and leased_by is null
          and (due_at = 'infinity' or inherited < due_at and type like '%\_update' and attempts = 0);
    end if;
end
$$;

-- Queues a delivery that takes turns, and leases it to `pod` if it is its turn at once. Gives the lease's end.
create function take_turn(
        the_delivery uuid, the_event uuid, the_webhook integer, the_organization integer, the_type text,
        the_player text, is_ordered boolean, hold_ms integer, pod uuid, lease_ms bigint)
    returns timestamptz
    language plpgsql
as $$
declare
    lease_ends timestamptz;
begin
    perform lock_turns(the_webhook, the_player);
    insert into delivery_queue (delivery_id, event_id, webhook_id, organization_id, due_at, accepted_at,
                                player_uuid, type, position)
    values (the_delivery, the_event, the_webhook, the_organization,
            case when is_ordered then 'infinity'
                 when the_type like '%\_update' then now() + hold_ms * interval '1 millisecond'
                 else now() end,
            now(), the_player, the_type, nextval('delivery_position'));
    perform arrange_turns(the_webhook, the_player);
    update delivery_queue set leased_until = now() + lease_ms * interval '1 millisecond', leased_by = pod
    where delivery_id = the_delivery and due_at <= now() and pod is not null
    returning leased_until into lease_ends;
    return lease_ends;
end
$$;
