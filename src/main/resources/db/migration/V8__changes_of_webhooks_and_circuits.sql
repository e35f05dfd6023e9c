-- Keys that were replaced and sign on for a while, beside the one that took their place: each the Unix second in which it ends,
-- a space, and the sealed key.
alter table webhooks
    add column former_keys text[] not null default '{}';

-- Why a circuit is in its state, and how it came there.
alter table circuits
    add column reason text; -- null: it was never open

update circuits set reason = 'half or more of its last attempts failed' where state <> 'closed';

create table circuit_changes (
    number     bigint generated always as identity,
    webhook_id integer not null,
    state      text not null,
    at         timestamptz not null,
    reason     text not null,
    primary key (webhook_id, number)
);

create function note_circuit_change() returns trigger
    language plpgsql
as $$
begin
    insert into circuit_changes (webhook_id, state, at, reason) values (new.webhook_id, new.state, new.since, new.reason);
    -- A receiver that is dead for good is probed for ever.
    delete from circuit_changes
    where webhook_id = new.webhook_id
      and number <= (select number from circuit_changes where webhook_id = new.webhook_id
                     order by number desc offset 50 limit 1);
    return null;
end
$$;

create trigger circuits_inserted after insert on circuits
    for each row when (new.reason is not null)
    execute function note_circuit_change();
create trigger circuits_updated after update of state, reason on circuits
    for each row
    when (new.reason is not null and (old.state is distinct from new.state or old.reason is distinct from new.reason))
    execute function note_circuit_change();

-- One that was opened by hand is open until it is closed by hand: there is no time to look again.
create or replace function note_circuit() returns trigger
    language plpgsql
as $$
begin
    insert into due_webhooks (webhook_id, due_at)
    select new.webhook_id, coalesce(new.open_until, now())
    where new.open_until is null or isfinite(new.open_until);
    return null;
end
$$;

-- Whoever enables a webhook again says that its receiver is mended: nothing that it did before counts any more.
create function forget_failures() returns trigger
    language plpgsql
as $$
begin
    update circuits
    set state = 'closed', since = now(), open_until = null, hold_ms = 0, failing_since = null, failures = 0, probe_id = null,
        reason = case when state = 'closed' then reason else 'the webhook was enabled again' end
    where webhook_id = new.id;
    return null;
end
$$;

create trigger webhooks_enabled after update of status on webhooks
    for each row when (old.status = 'disabled' and new.status = 'active')
    execute function forget_failures();

-- Where events of a player need not wait for each other any more, those that do are let go, but for a backlog that would lock
-- for long: of that, each turn lets go the next.
create function end_turns() returns trigger
    language plpgsql
as $$
begin
    update delivery_queue set due_at = now()
    where ctid = any (array(
        select ctid from delivery_queue
        where webhook_id = new.id and leased_by is null and due_at = 'infinity'
        limit 10000 for update skip locked));
    return null;
end
$$;

create trigger webhooks_unordered after update of ordered on webhooks
    for each row when (old.ordered and not new.ordered)
    execute function end_turns();
