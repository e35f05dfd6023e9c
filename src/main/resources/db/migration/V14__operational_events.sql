-- Events about webhooks, for other webhooks: written by whatever makes them happen, in its transaction, and only where somebody
-- listens. `events.player` holds {"webhook": {}} or {"webhook": {}, "delivery": {}} then, and there is no player: its uuid is ''.
--
-- Few listen: whoever asks for them asks this index alone. No other serves the negated organization.
create index webhooks_listening on webhooks ((-organization_id))
    where event_subscriptions && '{webhook_disabled,circuit_opened,circuit_closed,delivery_failed}'::text[];

create function is_operational(type text) returns boolean
    language sql immutable
as $$
    select type = any ('{webhook_disabled,circuit_opened,circuit_closed,delivery_failed}'::text[])
$$;

-- As the API writes times.
create function api_time(at timestamptz) returns text
    language sql immutable
as $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The id of an event's delivery to a webhook (Delivery.java).
create function delivery_id(event_id uuid, webhook_id integer) returns uuid
    language sql immutable
as $$
    select (left(event_id::text, 28)
            || lpad(to_hex(('x' || right(event_id::text, 8))::bit(32)::bigint # webhook_id), 8, '0'))::uuid
$$;

-- A webhook as others get to see it: as the API shows it, but for its settings, which may hold credentials.
create function describe_webhook(the_webhook integer) returns json
    language sql stable
as $$
    select row_to_json(described)
    from (select w.id as webhook_id, w.organization_id, w.url, w.event_subscriptions, w.status, w.status_reason,
                 (select row_to_json(its)
                  from (select coalesce(c.state, 'closed') as state,
                               case when c.reason is not null then api_time(c.since) end as since,
                               case when c.state = 'open' and isfinite(c.open_until) then api_time(c.open_until) end
                                   as next_probe_at,
                               c.reason) its) as circuit,
                 api_time(w.created_at) as created_at, api_time(w.updated_at) as updated_at
          from webhooks w
          left join lateral (select * from circuits where webhook_id = w.id limit 1) c on true
          where w.id = the_webhook) described
$$;

-- Tells those that listen, but for the webhook itself. What happens to them goes by nobody's player: no filter holds, nothing
-- takes turns.
create function tell(what text, about integer, delivery json) returns void
    language plpgsql
as $$
declare
    owner      integer;
    hearers    integer[];
    of_hearers integer[]; -- the organization of each
    content    text;
    event_id   uuid;
begin
    select organization_id into owner from webhooks where id = about;
    select array_agg(w.id), array_agg(w.organization_id) into hearers, of_hearers
    from (select owner as id union all select unnest(ancestors) from organizations where id = owner) o
    cross join lateral (
        select id, organization_id from webhooks
        where -organization_id = -o.id
          and event_subscriptions && '{webhook_disabled,circuit_opened,circuit_closed,delivery_failed}'::text[]
          and what = any (event_subscriptions) and status in ('active', 'paused') and id <> about
        offset 0) w;
    if hearers is null then
        return;
    end if;

    -- A UUIDv7, as events have.
    event_id := (left(first_id(clock_timestamp())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid;
    content := '{"webhook":' || describe_webhook(about) || coalesce(',"delivery":' || delivery, '') || '}';
    insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
    values (event_id, owner, what, '', content, now(), now());
    insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at)
    select event_id, hearer, of_hearer, what, '', octet_length(content), now(), now()
    from unnest(hearers, of_hearers) as h (hearer, of_hearer);
end
$$;

create function tell_disabled() returns trigger
    language plpgsql
as $$
begin
    perform tell('webhook_disabled', new.id, null);
    return null;
end
$$;

create trigger webhooks_disabled after update of status on webhooks
    for each row when (new.status = 'disabled' and old.status <> 'disabled') execute function tell_disabled();

create function tell_circuit() returns trigger
    language plpgsql
as $$
begin
    perform tell(case new.state when 'closed' then 'circuit_closed' else 'circuit_opened' end, new.webhook_id, null);
    return null;
end
$$;

-- Named so as to come behind those that note the change. A probe that fails opens nothing that was closed.
create trigger circuits_told_inserted after insert on circuits
    for each row when (new.state = 'open') execute function tell_circuit();
create trigger circuits_told_updated after update of state on circuits
    for each row when ((old.state = 'closed') <> (new.state = 'closed')) execute function tell_circuit();

create function tell_failed() returns trigger
    language plpgsql
as $$
begin
    perform tell('delivery_failed', new.webhook_id, (
        select row_to_json(its)
        from (select delivery_id(new.event_id, new.webhook_id) as delivery_id, new.event_id as event_id, new.type as type,
                     new.player_uuid as player_uuid, new.webhook_id as webhook_id, new.organization_id as organization_id,
                     new.status as status, new.reason as reason, new.attempts as attempts_made, null as next_attempt_at,
                     api_time(new.accepted_at) as accepted_at, api_time(new.settled_at) as settled_at) its));
    return null;
end
$$;

-- Not of an event that tells of something itself: of two webhooks that are dead, each would have the other hear for ever. And not
-- of those of before, which are moved here after an upgrade.
create trigger deliveries_failed after insert or update of status on deliveries
    for each row when (new.status = 'failed' and new.settled_at = now() and not is_operational(new.type))
    execute function tell_failed();
