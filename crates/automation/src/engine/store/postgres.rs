//! What only PostgreSQL runs.

/// See [`super::due`].
pub(super) fn due(limit: i64) -> String {
    format!(
        "select t.run_id as run_id, t.contact_id as contact_id from \
         (select cast(value as bigint) as value from json_array_elements_text(cast($2 as json))) each \
         cross join lateral (select run_id, contact_id from automation_timer \
            where account_id = $1 and automation_id = each.value and due <= $3 order by due limit {limit}) t limit {limit}"
    )
}
