-- What an organization gets to see of its deliveries, the newest first: of all its webhooks, and of an event. The conditions hold
-- for every row: they keep these indexes from whoever does not ask for an organization's. Planned while the tables are empty, a
-- look at one delivery by its key would walk the whole of them, and go on doing so once they are full.
create index delivery_queue_of_organization on delivery_queue (organization_id, event_id, webhook_id)
    where organization_id > 0;
create index deliveries_of_organization on deliveries (organization_id, event_id, webhook_id)
    where organization_id > 0;

-- Most are delivered: those that are not are found without them.
create index deliveries_of_organization_not_delivered on deliveries (organization_id, status, event_id, webhook_id)
    where status <> 'delivered';
