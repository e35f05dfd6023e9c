-- The attempts of an organization in the order in which they were recorded, for those who listen. An attempt that joins the others as
-- its delivery is opened again keeps its place.
alter table attempts add column organization_id integer; -- null for those of before

create index attempts_in_order on attempts (organization_id, tx, event_id, webhook_id, number);

create index deliveries_in_order on deliveries (organization_id, tx, event_id, webhook_id) where last_started_at is not null;
