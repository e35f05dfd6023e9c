-- The organizations above one, the nearest first. It is made in a folder and stays there, so this never changes.
alter table organizations add column ancestors integer[] not null default '{}';

with recursive above as (
    select id, parent_id, 1 as distance from organizations where parent_id is not null
    union all
    select above.id, o.parent_id, distance + 1
    from above join organizations o on o.id = above.parent_id where o.parent_id is not null
)
update organizations
set ancestors = path
from (select id, array_agg(parent_id order by distance) as path from above group by id) its
where organizations.id = its.id;

-- The same the other way round: what lies below an organization, to be found one after the other.
create table descendants (
    organization_id integer not null,
    descendant_id   integer not null,
    primary key (organization_id, descendant_id)
);

insert into descendants select unnest(ancestors), id from organizations;

-- By the database: pods of the version before make organizations too, while they are replaced.
create function find_ancestors() returns trigger
    language plpgsql
as $$
begin
    select id || ancestors into new.ancestors from organizations where id = new.parent_id;
    return new;
end
$$;

create trigger organizations_above before insert on organizations
    for each row when (new.parent_id is not null) execute function find_ancestors();

create function note_descendant() returns trigger
    language plpgsql
as $$
begin
    insert into descendants select unnest(new.ancestors), new.id;
    return null;
end
$$;

create trigger organizations_below after insert on organizations
    for each row when (new.ancestors <> '{}') execute function note_descendant();

-- Of the players of events: those that a webhook wants to hear of; null for all. Written by the service, out of the settings.
alter table webhooks add column filter jsonpath;

create index webhooks_filtered on webhooks (organization_id) where filter is not null;

-- A player as filters read it; null where it can't be read so: it has a number beyond what PostgreSQL's have room for. What its
-- text can't hold (U+0000, halves of a surrogate pair) is left out.
create function filterable(player text) returns jsonb
    language plpgsql immutable
as $$
begin
    return player::jsonb;
exception when data_exception then
    begin
        return regexp_replace(player, '(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1', 'g')::jsonb;
    exception when data_exception then
        return null;
    end;
end
$$;

-- What can't be read is sent: to send too much is the lesser fault.
create function passes(player jsonb, filter jsonpath) returns boolean
    language sql immutable
as 'select filter is null or player is null or coalesce(player @@ filter, false)';

-- Whose events a replay looks at for those that are missing: its webhook's organization, then each that lies below that.
alter table replays add column feed_of integer; -- null for the webhook's organization
