-- How a webhook fared in an hour. Durations are counted in buckets (Histogram.java): the number of each that is not empty, followed
-- by its count.
create table webhook_hours (
    webhook_id  integer not null,
    hour        timestamptz not null, -- its beginning
    attempts    integer not null default 0,
    delivered   integer not null default 0,
    failed      integer not null default 0,
    canceled    integer not null default 0,
    superseded  integer not null default 0,
    attempt_ms  integer[] not null default '{}',
    delivery_ms integer[] not null default '{}', -- from acceptance
    primary key (webhook_id, hour)
) with (fillfactor = 70);

create index webhook_hours_in_order on webhook_hours (hour);

create function add_pairs(one integer[], another integer[]) returns integer[]
    language sql immutable
as $$
    select coalesce(array_agg(value order by bucket, place), '{}')
    from (select bucket, sum(count)::integer as count
          from (select one[2 * i - 1] as bucket, one[2 * i] as count from generate_series(1, cardinality(one) / 2) i
                union all
                select another[2 * i - 1], another[2 * i] from generate_series(1, cardinality(another) / 2) i) both_of_them
          group by bucket) summed
    cross join lateral (values (1, bucket), (2, count)) as pair (place, value)
$$;

-- Deliveries that were settled without success, until they are added to their hours: no two that settle some wait for each other.
create table settled_otherwise (
    webhook_id integer not null,
    settled_at timestamptz not null,
    status     text not null
) with (
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

create function note_settled_otherwise() returns trigger
    language plpgsql
as $$
begin
    insert into settled_otherwise values (new.webhook_id, new.settled_at, new.status);
    return null;
end
$$;

-- Not for those of before, which are moved here after an upgrade.
create trigger deliveries_settled_otherwise after insert or update of status on deliveries
    for each row when (new.status <> 'delivered' and new.settled_at = now()) execute function note_settled_otherwise();
