-- Arranging the turns of a player cost what waited for its webhook, or the square of all that waits: planned while the queue
-- held nothing, it walked whole indexes. Now each row is looked up by player, in the order of the index that has it so (to
-- sort would look dearer whatever the statistics say), and changed by its key.

-- Brings the deliveries of one player at one webhook into the state that they should be in. A delivery that waits for its
-- turn is due at infinity. Call it after anything that may change whose turn it is, in the same transaction.
--
-- No row of the queue is ever waited for under the lock (skip locked): who records an attempt holds its row first.
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
              where webhook_id = of_webhook and player_uuid = of_player
              order by position) its;

        -- What is in flight may still succeed; it is settled when its attempt is recorded.
        update delivery_queue
        set outdated = case when position < last_destroy then 'canceled' else 'superseded' end
        where delivery_id = any (array(
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and type like '%\_update'
                  and position < greatest(last_destroy, last_update)
                order by position
                for update skip locked))
          and outdated is distinct from case when position < last_destroy then 'canceled' else 'superseded' end;

        with gone as (
            delete from delivery_queue
            where delivery_id = any (array(
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player
                  and outdated is not null and (leased_by is null or leased_until <= now())
                order by position
                for update skip locked))
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
        where delivery_id = any (array(
                select delivery_id from delivery_queue
                where webhook_id = of_webhook and player_uuid = of_player and leased_until is null
                order by position))
          and leased_until is null
          and (due_at = 'infinity' or inherited < due_at and type like '%\_update' and attempts = 0);
    end if;
end
$$;
