-- An organization that was deleted stays as a row, for what is on record of it.
alter table organizations add column deleted_at timestamptz;

-- What is being erased; gone once it is done. How far that has come stands here, so that any pod goes on with it.
create table erasures (
    id              integer generated always as identity primary key,
    organization_id integer not null references organizations,
    player_uuid     text, -- null: the organization is deleted, and all that is its own with it
    feed_end        xid8, -- what was accepted before; null for all that there is
    after_tx        xid8 not null default '0', -- where to go on, behind that
    after_id        uuid not null default '00000000-0000-0000-0000-000000000000',
    again_tx        xid8, -- behind what the first deliveries were that could not be canceled, for they were on their way
    again_id        uuid,
    created_at      timestamptz not null default now()
);
