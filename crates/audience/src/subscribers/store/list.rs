//! Pages of people.

use db::{Result, Tx};
use kernel::{AccountId, Limit, ToValue, Value};

use super::{COLUMNS, read};
use crate::subscribers::model::{Status, Subscriber};
use crate::{GroupId, TagId};

/// Which people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::subscribers) struct Filter {
    pub(in crate::subscribers) status: Option<Status>,
    pub(in crate::subscribers) group: Option<GroupId>,
    pub(in crate::subscribers) tag: Option<TagId>,
    /// The folded form of one address.
    pub(in crate::subscribers) email: Option<String>,
    /// What folded addresses begin with.
    pub(in crate::subscribers) email_prefix: Option<String>,
}

/// Above every character that an address has.
const LAST: char = '\u{10FFFF}';

struct Search {
    /// The column with the person's id in the table that the search starts from: its index gives the order.
    id: &'static str,
    from: String,
    values: Vec<Value>,
}

impl Search {
    /// By group, else by tag, else among everybody, so that a page reads little more than its rows.
    fn new(account: AccountId, filter: &Filter, by_email: bool) -> Self {
        const PERSON: &str = "join subscriber s on s.account_id = $1 and s.id =";
        let (id, from) = match filter {
            Filter { group: Some(_), .. } if !by_email => (
                "m.subscriber_id",
                format!("group_member m {PERSON} m.subscriber_id"),
            ),
            Filter { tag: Some(_), .. } if !by_email => (
                "t.subscriber_id",
                format!("tagging t {PERSON} t.subscriber_id"),
            ),
            _ => ("s.id", "subscriber s".to_owned()),
        };
        let mut search = Self {
            id,
            from,
            values: vec![account.to_value()],
        };
        search.conditions(filter);
        search
    }

    fn conditions(&mut self, filter: &Filter) {
        let mut wheres = vec![match self.id {
            "m.subscriber_id" => "m.account_id = $1".to_owned(),
            "t.subscriber_id" => "t.account_id = $1".to_owned(),
            _ => "s.account_id = $1".to_owned(),
        }];
        if let Some(group) = filter.group {
            if self.id != "m.subscriber_id" {
                self.from.push_str(
                    " join group_member m on m.account_id = $1 and m.subscriber_id = s.id",
                );
            }
            wheres.push(format!("m.group_id = {}", self.parameter(group)));
        }
        if let Some(tag) = filter.tag {
            if self.id != "t.subscriber_id" {
                self.from
                    .push_str(" join tagging t on t.account_id = $1 and t.subscriber_id = s.id");
            }
            wheres.push(format!("t.tag_id = {}", self.parameter(tag)));
        }
        if let Some(status) = filter.status {
            wheres.push(format!("s.status = {}", self.parameter(status.as_str())));
        }
        if let Some(email) = &filter.email {
            wheres.push(format!("s.email_folded = {}", self.parameter(email)));
        }
        if let Some(prefix) = &filter.email_prefix {
            wheres.push(format!("s.email_folded >= {}", self.parameter(prefix)));
            let end = format!("{prefix}{LAST}");
            wheres.push(format!("s.email_folded < {}", self.parameter(end)));
        }
        self.from.push_str(" where ");
        self.from.push_str(&wheres.join(" and "));
    }

    fn parameter(&mut self, value: impl ToValue) -> String {
        self.values.push(value.to_value());
        format!("${}", self.values.len())
    }

    async fn run(self, tx: &mut Tx, rest: String) -> Result<Vec<Subscriber>> {
        tx.query(format!("select {COLUMNS} from {}{rest}", self.from))
            .bind_values(self.values)
            .fetch_all()
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

/// The newest first, `limit` and one more; only those with an id below `before`.
pub(in crate::subscribers) async fn page_newest(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    before: Option<i64>,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let mut search = Search::new(account, filter, false);
    let id = search.id;
    let before = before.map_or_else(String::new, |before| {
        format!(" and {id} < {}", search.parameter(before))
    });
    let limit = search.parameter(limit.plus_one());
    search
        .run(tx, format!("{before} order by {id} desc limit {limit}"))
        .await
}

/// In the order of their addresses, `limit` and one more; only those whose folded address is behind `after`.
pub(in crate::subscribers) async fn page_by_email(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    after: Option<&str>,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let mut search = Search::new(account, filter, true);
    let after = after.map_or_else(String::new, |after| {
        format!(" and s.email_folded > {}", search.parameter(after))
    });
    let limit = search.parameter(limit.plus_one());
    search
        .run(tx, format!("{after} order by s.email_folded limit {limit}"))
        .await
}
