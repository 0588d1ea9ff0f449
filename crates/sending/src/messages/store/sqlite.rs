//! What only SQLite runs.

/// Differs because SQLite has one writer: nobody else can be claiming the same rows.
pub(super) const CLAIM: &str = "update message set state = 'leased', lease_epoch = $6, revision_id = coalesce($7, revision_id) \
     where id in (select id from message where source_id = $2 and state = 'queued' and not_before <= $4 \
        and account_id = $1 and kind = $3 order by not_before, id limit $5) \
     returning id, subscriber_id, revision_id, variant, address, attempts, first_queued_at";
