//! Pages of people.

use db::{Engine, Json, Result, Tx};
use kernel::{AccountId, Limit, Timestamp, ToValue, Value};
use rules::Compiled;

use super::{COLUMNS, read};
use crate::segments;
use crate::subscribers::model::{Status, Subscriber};
use crate::subscribers::search::store as search;
use crate::{GroupId, SubscriberId, TagId};

/// Which people.
#[derive(Clone, Debug, Default)]
pub(in crate::subscribers) struct Filter {
    pub(in crate::subscribers) status: Option<Status>,
    pub(in crate::subscribers) group: Option<GroupId>,
    pub(in crate::subscribers) tag: Option<TagId>,
    pub(in crate::subscribers) segment: Option<Compiled>,
    /// The folded form of one address.
    pub(in crate::subscribers) email: Option<String>,
    /// Only the newest, whose ids are above this.
    pub(in crate::subscribers) above: Option<i64>,
    /// What folded addresses begin with.
    pub(in crate::subscribers) email_prefix: Option<String>,
    /// Beginnings of words or addresses, all of which they have.
    pub(in crate::subscribers) words: Vec<String>,
}

impl Filter {
    /// Whether it selects everybody.
    pub(in crate::subscribers) fn asks_nothing(&self) -> bool {
        self.status.is_none()
            && self.group.is_none()
            && self.tag.is_none()
            && self.segment.is_none()
            && self.email.is_none()
            && self.above.is_none()
            && self.email_prefix.is_none()
            && self.words.is_empty()
    }
}

/// Where a page of those who were active last starts: behind this time and id. Those who never were come last.
pub(in crate::subscribers) type Activity = (Option<Timestamp>, i64);

struct Search {
    engine: Engine,
    /// The column with the person's id in the table that the search starts from: its index gives the order.
    id: &'static str,
    from: String,
    values: Vec<Value>,
}

impl Search {
    /// By group, else by tag, else among everybody, so that a page reads little more than its rows.
    fn new(engine: Engine, account: AccountId, filter: &Filter, by_newest: bool) -> Self {
        const PERSON: &str = "join subscriber s on s.account_id = $1 and s.id =";
        let (id, from) = match filter {
            Filter { group: Some(_), .. } if by_newest => (
                "m.subscriber_id",
                format!("group_member m {PERSON} m.subscriber_id"),
            ),
            Filter { tag: Some(_), .. } if by_newest => (
                "t.subscriber_id",
                format!("tagging t {PERSON} t.subscriber_id"),
            ),
            // Differs because SQLite takes every status for as common as "active", and would look for the few bounced among
            // everybody. Only where nothing else narrows more.
            Filter {
                status: Some(_),
                segment: None,
                email: None,
                email_prefix: None,
                ..
            } if by_newest && engine == Engine::Sqlite => (
                "s.id",
                "subscriber s indexed by subscriber_status".to_owned(),
            ),
            _ => ("s.id", "subscriber s".to_owned()),
        };
        let mut search = Self {
            engine,
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
                let person = match self.id {
                    "m.subscriber_id" => "m.subscriber_id",
                    _ => "s.id",
                };
                let join =
                    format!(" join tagging t on t.account_id = $1 and t.subscriber_id = {person}");
                self.from.push_str(&join);
            }
            wheres.push(format!("t.tag_id = {}", self.parameter(tag)));
        }
        wheres.extend(self.about_person(filter));
        self.from.push_str(" where ");
        self.from.push_str(&wheres.join(" and "));
    }

    /// What the row of a person, their words and a segment's rule say.
    fn about_person(&mut self, filter: &Filter) -> Vec<String> {
        let mut wheres = Vec::new();
        if let Some(status) = filter.status {
            wheres.push(format!("s.status = {}", self.parameter(status.as_str())));
        }
        if let Some(email) = &filter.email {
            wheres.push(format!("s.email_folded = {}", self.parameter(email)));
        }
        if let Some(prefix) = &filter.email_prefix {
            let from = self.parameter(prefix);
            let end = self.parameter(search::end_of(prefix));
            wheres.push(format!(
                "s.email_folded >= {from} and s.email_folded < {end}"
            ));
        }
        for word in &filter.words {
            let needle = self.parameter(format!(" {word}"));
            let from = self.parameter(word);
            let end = self.parameter(search::end_of(word));
            wheres.push(search::condition(self.engine, &needle, &from, &end));
        }
        if let Some(compiled) = &filter.segment {
            let Value::Int(Some(account)) = self.values[0] else {
                unreachable!("the first parameter is the account");
            };
            let first = self.values.len() + 1;
            let (text, values) = segments::condition(self.engine, account.into(), compiled, first);
            wheres.push(format!("({text})"));
            self.values.extend(values);
        }
        wheres
    }

    /// That a person comes behind the start of a page.
    fn behind(&mut self, after: &After) -> Option<String> {
        Some(match after {
            After::Newest(None) | After::Email(None) | After::Activity(None) => return None,
            After::Newest(Some(id)) => format!("s.id < {}", self.parameter(*id)),
            After::Email(Some(email)) => format!("s.email_folded > {}", self.parameter(email)),
            After::Activity(Some((None, id))) => {
                format!(
                    "s.last_activity_at is null and s.id < {}",
                    self.parameter(*id)
                )
            }
            After::Activity(Some((Some(at), id))) => {
                let (at, id) = (self.parameter(*at), self.parameter(*id));
                format!("(s.last_activity_at is null or (s.last_activity_at, s.id) < ({at}, {id}))")
            }
        })
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
    newest(tx, account, filter, before, limit.plus_one(), "").await
}

/// The id that `people` of the account are between and `before`; `None` if there are not so many.
pub(in crate::subscribers) async fn id_below(
    tx: &mut Tx,
    account: AccountId,
    before: Option<i64>,
    people: i64,
) -> Result<Option<i64>> {
    let row = tx
        .query(
            "select id from subscriber where account_id = $1 and id < $2 order by id desc limit 1 offset $3",
        )
        .bind(account)
        .bind(before.unwrap_or(i64::MAX))
        .bind(people)
        .fetch_optional()
        .await?;
    row.map(|row| row.at(0)).transpose()
}

async fn newest(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    before: Option<i64>,
    rows: i64,
    also: &str,
) -> Result<Vec<Subscriber>> {
    let mut search = Search::new(tx.engine(), account, filter, true);
    let id = search.id;
    let before = before.map_or_else(String::new, |before| {
        format!(" and {id} < {}", search.parameter(before))
    });
    let above = filter.above.map_or_else(String::new, |above| {
        format!(" and {id} > {}", search.parameter(above))
    });
    let rows = search.parameter(rows);
    search
        .run(
            tx,
            format!("{also}{before}{above} order by {id} desc limit {rows}"),
        )
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
    let mut search = Search::new(tx.engine(), account, filter, false);
    let after = after.map_or_else(String::new, |after| {
        format!(" and s.email_folded > {}", search.parameter(after))
    });
    let limit = search.parameter(limit.plus_one());
    search
        .run(tx, format!("{after} order by s.email_folded limit {limit}"))
        .await
}

/// Who was active last first, `limit` and one more; then those who never were, the newest first.
pub(in crate::subscribers) async fn page_by_activity(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    after: Option<Activity>,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let mut people = Vec::new();
    if !matches!(after, Some((None, _))) {
        let mut search = Search::new(tx.engine(), account, filter, false);
        let after = match after {
            Some((Some(at), id)) => {
                let (at, id) = (search.parameter(at), search.parameter(id));
                format!(" and (s.last_activity_at, s.id) < ({at}, {id})")
            }
            _ => String::new(),
        };
        let limit = search.parameter(limit.plus_one());
        let rest = format!(
            " and s.last_activity_at is not null{after} order by s.last_activity_at desc, s.id desc limit {limit}"
        );
        people = search.run(tx, rest).await?;
    }
    let room = limit.plus_one() - people.len() as i64;
    if room > 0 {
        let before = match after {
            Some((None, id)) => Some(id),
            _ => None,
        };
        let never = " and s.last_activity_at is null";
        people.extend(newest(tx, account, filter, before, room, never).await?);
    }
    Ok(people)
}

/// Where a page starts, which also says what it is sorted by.
#[derive(Clone, Debug)]
pub(in crate::subscribers) enum After {
    /// Below this id, the newest first.
    Newest(Option<i64>),
    /// Behind this folded address.
    Email(Option<String>),
    /// Who was active last first.
    Activity(Option<Activity>),
}

/// Few people, of whom a page is to be found.
#[derive(Clone, Copy, Debug)]
pub(in crate::subscribers) enum Among<'a> {
    /// Who has a word that begins so.
    Word(&'a str),
    /// Who has a word or an address that begins so.
    WordOrAddress(&'a str),
    /// These, as far as they exist.
    These(&'a [SubscriberId]),
}

/// The ids of a page, and of one more, of few people.
pub(in crate::subscribers) async fn page_among(
    tx: &mut Tx,
    account: AccountId,
    among: Among<'_>,
    filter: &Filter,
    after: &After,
    limit: Limit,
) -> Result<Vec<SubscriberId>> {
    let engine = tx.engine();
    let mut search = Search {
        engine,
        id: "s.id",
        from: String::new(),
        values: vec![account.to_value()],
    };
    let each = match among {
        Among::Word(word) | Among::WordOrAddress(word) => {
            let (from, end) = (
                search.parameter(word),
                search.parameter(search::end_of(word)),
            );
            search::having(&from, &end, matches!(among, Among::WordOrAddress(_)))
        }
        Among::These(people) => {
            let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
            let ids = search.parameter(Json(ids));
            // Differs because each engine has its own way to unfold a list.
            match engine {
                Engine::Sqlite => format!("(select value as id from json_each({ids}))"),
                Engine::Postgres => format!(
                    "(select cast(value as bigint) as id from json_array_elements_text(cast({ids} as json)))"
                ),
            }
        }
    };
    let mut wheres = vec!["s.account_id = $1 and s.id = each.id".to_owned()];
    if let Some(group) = filter.group {
        wheres.push(format!(
            "exists (select 1 from group_member m where m.account_id = $1 and m.group_id = {} and m.subscriber_id = s.id)",
            search.parameter(group)
        ));
    }
    if let Some(tag) = filter.tag {
        wheres.push(format!(
            "exists (select 1 from tagging t where t.account_id = $1 and t.tag_id = {} and t.subscriber_id = s.id)",
            search.parameter(tag)
        ));
    }
    wheres.extend(search.about_person(filter));
    wheres.extend(search.behind(after));
    let on = wheres.join(" and ");
    let order = match after {
        After::Newest(_) => "id desc",
        After::Email(_) => "email_folded",
        After::Activity(_) => "last_activity_at desc nulls last, id desc",
    };
    let limit = search.parameter(limit.plus_one());
    let columns =
        "s.id as id, s.email_folded as email_folded, s.last_activity_at as last_activity_at";
    // Differs because each engine has its own way to be told the order of a join: the few are looked up one by one.
    let found = match engine {
        Engine::Sqlite => {
            format!("select {columns} from {each} each cross join subscriber s on {on}")
        }
        Engine::Postgres => format!(
            "select p.* from {each} each cross join lateral (select {columns} from subscriber s where {on} offset 0) p"
        ),
    };
    tx.query(format!(
        "select found.id from ({found}) found order by {order} limit {limit}"
    ))
    .bind_values(search.values)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}
