-- Events, deliveries and attempts lie in partitions by the time in the event's id (UUIDv7), so that what is not kept any more is
-- dropped and not deleted. A delivery has no key of its own: it is an event on its way to a webhook, and its id is made of the
-- two (Delivery.java). What a list of deliveries shows stands in their rows.
--
-- Rows of before are moved by the service while it runs (move_old_rows, below); what takes turns, here.

alter table events rename to events_v6;
alter index events_pkey rename to events_v6_pkey;
alter table delivery_queue rename to delivery_queue_v6;
alter table delivery_queue_v6 rename constraint delivery_queue_lease to delivery_queue_v6_lease;
alter index delivery_queue_pkey rename to delivery_queue_v6_pkey;
alter index delivery_queue_due rename to delivery_queue_v6_due;
alter index delivery_queue_leased rename to delivery_queue_v6_leased;
alter index delivery_queue_turns rename to delivery_queue_v6_turns;
alter table deliveries rename to deliveries_v6;
alter table deliveries_v6 rename constraint deliveries_status_check to deliveries_v6_status_check;
alter index deliveries_pkey rename to deliveries_v6_pkey;
alter table attempts rename to attempts_v6;
alter index attempts_pkey rename to attempts_v6_pkey;
drop trigger delivery_queue_inserted on delivery_queue_v6;
drop trigger delivery_queue_updated on delivery_queue_v6;

create table events (
    id              uuid not null primary key,
    tx              xid8 not null default pg_current_xact_id(), -- the feed's order: no position below the oldest open one is new
    occurred_at     timestamptz not null,
    accepted_at     timestamptz not null,
    organization_id integer not null,
    type            text not null,
    player_uuid     text not null,
    player          text, -- JSON as it was published: key order and spelling of numbers count; null once it is erased
    trace_parent    text
) partition by range (id);

create table events_default partition of events default;

-- The feed, and the feed of one player.
create index events_feed on events (organization_id, tx, id);
create index events_of_player on events (organization_id, player_uuid, tx, id);

-- Deliveries that are not settled yet. Rows are short and short-lived: settled ones move to `deliveries`.
create table delivery_queue (
    event_id        uuid not null,
    leased_by       uuid, -- the pod that holds it
    due_at          timestamptz not null, -- its place among those of its webhook, and not before; infinity: waits for its turn
    leased_until    timestamptz,
    accepted_at     timestamptz not null,
    webhook_id      integer not null,
    organization_id integer not null,
    bytes           integer not null, -- how long the player is
    attempts        smallint not null default 0, -- made so far
    type            text not null, -- of the event
    player_uuid     text not null,
    position        bigint, -- order of acceptance, where deliveries of one player take turns
    outdated        text, -- what it becomes unless its attempt succeeds: 'superseded' or 'canceled'
    primary key (webhook_id, event_id),
    constraint delivery_queue_lease check ((leased_by is null) = (leased_until is null))
) with (
    fillfactor = 80,
    vacuum_truncate = false,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

create index delivery_queue_due on delivery_queue (webhook_id, due_at) where leased_by is null;
create index delivery_queue_leased on delivery_queue (leased_until) where leased_by is not null;
create index delivery_queue_turns on delivery_queue (webhook_id, player_uuid, position) where position is not null;

-- Settled deliveries. The last attempt stands here, so that a delivery that succeeds at once is one row; where there was none, or
-- it was settled after it, null.
create table deliveries (
    event_id           uuid not null,
    tx                 xid8 not null default pg_current_xact_id(),
    accepted_at        timestamptz not null,
    settled_at         timestamptz not null,
    last_started_at    timestamptz,
    webhook_id         integer not null,
    organization_id    integer not null,
    last_duration_ms   integer,
    attempts           smallint not null, -- how many were made
    last_status_code   smallint,
    status             text not null check (status in ('delivered', 'failed', 'canceled', 'superseded')),
    reason             text,
    type               text not null, -- of the event
    player_uuid        text not null,
    last_outcome       text,
    last_reason        text,
    last_response_body bytea,
    primary key (webhook_id, event_id)
) partition by range (event_id);

create table deliveries_default partition of deliveries default;

create index deliveries_not_delivered on deliveries (webhook_id, status, event_id) where status <> 'delivered';

-- Whoever asks for the deliveries of an event asks each webhook that may have got it.
create index webhooks_with_deleted on webhooks (organization_id, id);

-- Attempts that are not the last of a settled delivery.
create table attempts (
    event_id      uuid not null,
    tx            xid8 not null default pg_current_xact_id(),
    started_at    timestamptz not null,
    webhook_id    integer not null,
    duration_ms   integer not null,
    number        smallint not null,
    status_code   smallint,
    outcome       text not null,
    reason        text,
    response_body bytea,
    primary key (event_id, webhook_id, number)
) partition by range (event_id);

create table attempts_default partition of attempts default;

create view all_attempts as
    select event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason, response_body, tx
    from attempts
    union all
    select event_id, webhook_id, attempts, last_started_at, last_duration_ms, last_outcome, last_status_code, last_reason,
           last_response_body, tx
    from deliveries where last_started_at is not null;

-- What the partitions hold: one of each of the three tables for a range. Ids of other times, which only clocks that are wrong
-- make, go to the default ones.
create table partition_ranges (
    begins timestamptz primary key,
    ends   timestamptz not null
);

-- The first id that can be made at a time.
create function first_id(at timestamptz) returns uuid
    language sql immutable parallel safe
as $$
    select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Gives a partition a page, and has it keep it: while an analyzed table has none, to read it whole looks free, and the plan
-- is kept as it fills.
create function give_a_page(child text, parent text) returns void
    language plpgsql
as $$
begin
    execute format('alter table %I set (vacuum_truncate = false)', child);
    execute format(
        case parent
            when 'events' then 'insert into %I (id, occurred_at, accepted_at, organization_id, type, player_uuid)
                                values ($1, now(), now(), 0, %L, %L)'
            when 'deliveries' then 'insert into %I (event_id, accepted_at, settled_at, webhook_id, organization_id, attempts,
                                                    status, type, player_uuid)
                                    values ($1, now(), now(), 0, 0, 0, ''canceled'', %L, %L)'
            else 'insert into %I (event_id, started_at, webhook_id, duration_ms, number, outcome, reason)
                  values ($1, now(), 0, 0, 0, %L, %L)'
        end, child, '', '')
        using '00000000-0000-0000-0000-000000000000'::uuid;
    execute format('delete from %I', child);
end
$$;

create function add_range(range_begins timestamptz, range_ends timestamptz) returns void
    language plpgsql
as $$
declare
    parent text;
    child  text;
    key    text;
begin
    foreach parent in array array['events', 'deliveries', 'attempts'] loop
        child := parent || '_' || to_char(range_begins at time zone 'UTC', 'YYYYMMDD');
        key := case parent when 'events' then 'id' else 'event_id' end;
        -- To attach it disturbs nobody but who uses the default partition.
        execute format('create table %I (like %I including defaults including constraints including indexes)', child, parent);
        perform give_a_page(child, parent);
        execute format('lock table %I in access exclusive mode', parent || '_default');
        execute format(
            'with moved as (delete from %I where %I >= $1 and %2$I < $2 returning *) insert into %3$I select * from moved',
            parent || '_default', key, child)
            using first_id(range_begins), first_id(range_ends);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
            parent, child, first_id(range_begins), first_id(range_ends));
    end loop;
    insert into partition_ranges (begins, ends) values (range_begins, range_ends);
end
$$;

-- Does one thing of what is to be done, and says what: 'added' or 'dropped' a range, 'cleaned' the default partitions; 'kept'
-- all as it is; 'busy' where another pod is at it; 'locked' where somebody would have had to wait.
create function keep_ranges(keep interval, width interval, ahead interval) returns text
    language plpgsql
as $$
declare
    last_end timestamptz;
    horizon  uuid := first_id(now() - keep);
    expired  timestamptz;
    cleaned  integer;
begin
    if not pg_try_advisory_xact_lock(hashtext('playhook'), hashtext('partition_ranges')) then
        return 'busy';
    end if;
    perform set_config('lock_timeout', '100ms', true);

    select coalesce(max(ends), '-infinity') into last_end from partition_ranges;
    if last_end < now() + ahead then
        last_end := greatest(last_end, date_trunc('day', now(), 'UTC'));
        perform add_range(last_end, last_end + width);
        return 'added';
    end if;

    select begins into expired from partition_ranges where first_id(ends) <= horizon order by begins limit 1;
    if expired is null
        and (select id from events_default where id < horizon order by id limit 1) is null
        and (select event_id from deliveries_default where event_id < horizon limit 1) is null
        and (select event_id from attempts_default where event_id < horizon limit 1) is null
    then
        return 'kept';
    end if;

    -- A delivery may wait for longer than events are kept.
    horizon := least(horizon, (select event_id from delivery_queue order by event_id limit 1));
    select begins into expired from partition_ranges where first_id(ends) <= horizon order by begins limit 1;
    if expired is not null then
        execute format('drop table %I, %I, %I',
            'attempts_' || to_char(expired at time zone 'UTC', 'YYYYMMDD'),
            'deliveries_' || to_char(expired at time zone 'UTC', 'YYYYMMDD'),
            'events_' || to_char(expired at time zone 'UTC', 'YYYYMMDD'));
        delete from partition_ranges where begins = expired;
        return 'dropped';
    end if;
    with from_attempts as (
        delete from attempts_default where ctid = any (array(
            select ctid from attempts_default where event_id < horizon limit 1000)) returning 1
    ), from_deliveries as (
        delete from deliveries_default where ctid = any (array(
            select ctid from deliveries_default where event_id < horizon limit 1000)) returning 1
    ), from_events as (
        delete from events_default where ctid = any (array(
            select ctid from events_default where id < horizon limit 1000)) returning 1
    )
    select (select count(*) from from_attempts) + (select count(*) from from_deliveries) + (select count(*) from from_events)
    into cleaned;
    return case when cleaned > 0 then 'cleaned' else 'kept' end;
exception when lock_not_available then
    return 'locked';
end
$$;

select give_a_page(parent || '_default', parent) from unnest(array['events', 'deliveries', 'attempts']) as parent;

-- Ranges for what there is, and for the days to come.
do $$
declare
    day timestamptz := date_trunc('day', greatest(now() - interval '105 days',
        coalesce((select min(accepted_at) from events_v6), now())) - interval '1 day', 'UTC');
begin
    while day < now() + interval '3 days' loop
        perform add_range(day, day + interval '7 days');
        day := day + interval '7 days';
    end loop;
end
$$;

-- Hundreds of pages that the planner counts with from the start, and always.
insert into delivery_queue (event_id, webhook_id, organization_id, bytes, due_at, accepted_at, type, player_uuid)
    select gen_random_uuid(), 0, 0, 0, 'infinity', now(), '', '' from generate_series(1, 32000);
delete from delivery_queue where webhook_id = 0;
analyze delivery_queue;

create trigger delivery_queue_inserted after insert on delivery_queue
    referencing new table as changed for each statement execute function note_waiting();
create trigger delivery_queue_updated after update on delivery_queue
    referencing new table as changed for each statement execute function note_waiting();

drop function take_turn(uuid, uuid, integer, integer, text, text, boolean, integer, uuid, bigint);
drop function delivery_id(uuid, integer, timestamptz);

-- As before (V6), but for the keys. With one that has two columns, an older planner may look for the rows of a webhook and
-- filter. So they are changed by their ctid, which misses what is claimed at that moment: it goes out, and whoever records that
-- arranges the turns again.
create or replace function arrange_turns(of_webhook integer, of_player text) returns void
    language plpgsql
as $$
declare
    is_ordered boolean;
    hold       interval;
    inherited  timestamptz; -- when the first of the superseded updates would have gone out
    last_destroy bigint; -- where the player's last such event stands among them
    last_update  bigint;
begin
    perform lock_turns(of_webhook, of_player);
    select ordered, coalesce_ms * interval '1 millisecond' into is_ordered, hold from webhooks where id = of_webhook;

    if hold > interval '0' then
        select max(position) filter (where type like '%\_destroy'), max(position) filter (where type like '%\_update')
        into last_destroy, last_update
        from (select position, type from delivery_queue
              where webhook_id = of_webhook and player_uuid = of_player and position is not null
              order by position) its;

        -- What is in flight may still succeed; it is settled when its attempt is recorded.
        update delivery_queue
        set outdated = case when position < last_destroy then 'canceled' else 'superseded' end
        where ctid = any (array(
                select ctid from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and position is not null and type like '%\_update'
                  and position < greatest(last_destroy, last_update)
                order by position
                for update skip locked))
          and outdated is distinct from case when position < last_destroy then 'canceled' else 'superseded' end;

        with gone as (
            delete from delivery_queue
            where ctid = any (array(
                select ctid from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and position is not null
                  and outdated is not null and (leased_by is null or leased_until <= now())
                order by position
                for update skip locked))
            returning *
        ), history as (
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts,
                                    accepted_at, settled_at)
            select event_id, webhook_id, organization_id, type, player_uuid, outdated,
                   case outdated when 'canceled' then 'the player was destroyed'
                                 else 'a newer update of the player took its place' end,
                   attempts, accepted_at, now()
            from gone
            on conflict (webhook_id, event_id) do update
            set status = excluded.status, reason = excluded.reason, attempts = excluded.attempts,
                settled_at = excluded.settled_at, tx = excluded.tx
        )
        select min(due_at) into inherited from gone where attempts = 0 and isfinite(due_at);
    end if;

    if is_ordered then
        -- Its turn has come if nothing before it is open. An update may have to wait a little for a newer one.
        update delivery_queue
        set due_at = case when hold > interval '0' and type like '%\_update'
                          then greatest(now(), least(accepted_at + hold, inherited)) else now() end
        where webhook_id = of_webhook and event_id = (
                select event_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and position is not null
                order by position limit 1)
          and due_at = 'infinity';
    else
        -- With one update after the other, the hold counts from the first: else none would ever go out.
        update delivery_queue
        set due_at = case when due_at = 'infinity' then now() else inherited end
        where ctid = any (array(
                select ctid from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and position is not null
                  and leased_until is null
                order by position))
          and leased_until is null
          and (due_at = 'infinity' or inherited < due_at and type like '%\_update' and attempts = 0);
    end if;
end
$$;

-- Queues a delivery that takes turns, and leases it to `pod` if it is its turn at once. Gives the lease's end.
create function take_turn(
        the_event uuid, the_webhook integer, the_organization integer, the_type text, the_player text, the_bytes integer,
        is_ordered boolean, hold_ms integer, pod uuid, lease_ms bigint)
    returns timestamptz
    language plpgsql
as $$
declare
    lease_ends timestamptz;
begin
    perform lock_turns(the_webhook, the_player);
    insert into delivery_queue (event_id, webhook_id, organization_id, bytes, due_at, accepted_at, type, player_uuid, position)
    values (the_event, the_webhook, the_organization, the_bytes,
            case when is_ordered then 'infinity'
                 when the_type like '%\_update' then now() + hold_ms * interval '1 millisecond'
                 else now() end,
            now(), the_type, the_player, nextval('delivery_position'));
    perform arrange_turns(the_webhook, the_player);
    update delivery_queue set leased_until = now() + lease_ms * interval '1 millisecond', leased_by = pod
    where webhook_id = the_webhook and event_id = the_event and due_at <= now() and pod is not null
    returning leased_until into lease_ends;
    return lease_ends;
end
$$;

-- Moves some rows of before V7, those after an id, and gives the last id; null where no more are left. The steps, in their
-- order: 'turns', what is open and takes turns; 'queue', what else is open; 'deliveries'; 'events'; 'end', which drops the
-- tables once nothing is left in them that is not copied. Only the queue's rows are taken away one by one: to copy history twice
-- changes nothing.
create table old_rows_moved (
    step text primary key
);

create function move_old_rows(step text, after uuid, most integer) returns uuid
    language plpgsql
as $$
declare
    ids uuid[];
begin
    perform pg_advisory_xact_lock(hashtext('playhook'), hashtext('move_old_rows'));
    if to_regclass('delivery_queue_v6') is null then
        return null;
    end if;
    if step in ('turns', 'queue') then
        ids := array(
            select delivery_id from delivery_queue_v6
            where delivery_id > after and (step = 'queue' or player_uuid is not null)
            order by delivery_id limit most for update);
        insert into events (id, tx, occurred_at, accepted_at, organization_id, type, player_uuid, player, trace_parent)
        select id, '3', occurred_at, accepted_at, organization_id, type, player_uuid, player, trace_parent
        from events_v6
        where id = any (array(select event_id from delivery_queue_v6 where delivery_id = any (ids)))
        on conflict do nothing;
        insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason, response_body)
        select q.event_id, q.webhook_id, a.number, a.started_at, a.duration_ms, a.outcome, a.status_code, a.reason,
               a.response_body
        from delivery_queue_v6 q
        cross join lateral (select * from attempts_v6 where delivery_id = q.delivery_id offset 0) a
        where q.delivery_id = any (ids)
        on conflict do nothing;
        with open as (
            delete from delivery_queue_v6 where delivery_id = any (ids) returning *
        )
        insert into delivery_queue (event_id, webhook_id, organization_id, bytes, attempts, due_at, accepted_at,
                                    leased_by, leased_until, type, player_uuid, position, outdated)
        select o.event_id, o.webhook_id, o.organization_id, coalesce(octet_length(e.player), 0), o.attempts, o.due_at,
               o.accepted_at, o.leased_by, o.leased_until, coalesce(o.type, e.type, ''),
               coalesce(o.player_uuid, e.player_uuid, ''), case when o.player_uuid is not null then o.position end, o.outdated
        from open o
        left join lateral (select * from events_v6 where id = o.event_id limit 1) e on true
        on conflict do nothing;
    elsif step = 'deliveries' then
        ids := array(select id from deliveries_v6 where id > after order by id limit most);
        insert into deliveries (event_id, webhook_id, organization_id, status, reason, attempts, accepted_at, settled_at,
                                type, player_uuid, last_started_at, last_duration_ms, last_outcome, last_status_code,
                                last_reason, last_response_body)
        select d.event_id, d.webhook_id, d.organization_id, d.status, d.reason, d.attempts, d.accepted_at, d.settled_at,
               coalesce(e.type, ''), coalesce(e.player_uuid, ''), a.started_at, a.duration_ms, a.outcome, a.status_code,
               a.reason, a.response_body
        from deliveries_v6 d
        left join lateral (select * from events_v6 where id = d.event_id limit 1) e on true
        left join lateral (select * from attempts_v6 where delivery_id = d.id and number = d.attempts limit 1) a on true
        where d.id = any (ids)
        on conflict do nothing;
        insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason, response_body)
        select d.event_id, d.webhook_id, a.number, a.started_at, a.duration_ms, a.outcome, a.status_code, a.reason,
               a.response_body
        from deliveries_v6 d
        cross join lateral (select * from attempts_v6 where delivery_id = d.id and number <> d.attempts offset 0) a
        where d.id = any (ids)
        on conflict do nothing;
    elsif step = 'events' then
        ids := array(select id from events_v6 where id > after order by id limit most);
        insert into events (id, tx, occurred_at, accepted_at, organization_id, type, player_uuid, player, trace_parent)
        select id, '3', occurred_at, accepted_at, organization_id, type, player_uuid, player, trace_parent
        from events_v6 where id = any (ids)
        on conflict do nothing;
    elsif not exists (select from delivery_queue_v6)
        and (select count(*) from old_rows_moved where old_rows_moved.step in ('deliveries', 'events')) = 2
    then
        drop table delivery_queue_v6, deliveries_v6, attempts_v6, events_v6;
    end if;
    if array_upper(ids, 1) is null then
        insert into old_rows_moved values (move_old_rows.step) on conflict do nothing;
    end if;
    return ids[array_upper(ids, 1)];
end
$$;

-- What takes turns goes at once: else a newer event of its player could overtake it.
do $$
declare
    last uuid := '00000000-0000-0000-0000-000000000000';
begin
    while last is not null loop
        last := move_old_rows('turns', last, 1000);
    end loop;
    if not exists (select from events_v6) and not exists (select from deliveries_v6) then
        perform move_old_rows('deliveries', '00000000-0000-0000-0000-000000000000', 1);
        perform move_old_rows('events', '00000000-0000-0000-0000-000000000000', 1);
        perform move_old_rows('end', null, 0);
    end if;
end
$$;
