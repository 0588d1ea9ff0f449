//! What only PostgreSQL runs.

/// Differs because several nodes claim at once: rows that another one is claiming are stepped over.
pub(super) const CLAIM: &str = "update message set state = 'leased', lease_epoch = $6, revision_id = coalesce($7, revision_id) \
     where id in (select id from message where source_id = $2 and state = 'queued' and not_before <= $4 \
        and account_id = $1 and kind = $3 order by not_before, id limit $5 for update skip locked) \
     returning id, subscriber_id, revision_id, variant, address, attempts, first_queued_at";
