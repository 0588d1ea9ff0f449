//! The tables `search_words` and `search_term`.

use std::collections::{BTreeSet, HashMap};

use db::{Each, Engine, Insert, Json, Result, Tx, in_list, look_up};
use kernel::{AccountId, ToValue as _, Value};
use rules::Compiled;

use super::words::Text;
use crate::{SubscriberId, segments};

/// Above every character of a word.
const LAST: char = '\u{10FFFF}';

type Words = BTreeSet<String>;

pub(super) async fn is_import_running(tx: &mut Tx) -> Result<bool> {
    // There are few imports, and this looks at each once at most.
    let row = tx
        .query("select 1 as one from import where state in ('running', 'stopping') limit 1")
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The words that people should have, of those who exist.
pub(super) async fn texts(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, Words>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "s.id, s.email, s.first_name, s.last_name, s.phone",
        "subscriber s",
        "s.account_id = $1 and s.id = each.value",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(ids(people))
        .fetch_all()
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let email: String = row.at(1)?;
        let [first_name, last_name, phone]: [Option<String>; 3] =
            [row.at(2)?, row.at(3)?, row.at(4)?];
        let text = Text {
            email: &email,
            first_name: first_name.as_deref(),
            last_name: last_name.as_deref(),
            phone: phone.as_deref(),
        };
        found.insert(row.at(0)?, text.words());
    }
    Ok(found)
}

/// The words that people have.
pub(super) async fn words_of(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, Words>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "w.subscriber_id, w.words",
        "search_words w",
        "w.account_id = $1 and w.subscriber_id = each.value",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(ids(people))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            let words: String = row.at(1)?;
            let words = words.split(' ').filter(|word| !word.is_empty());
            Ok((row.at(0)?, words.map(str::to_owned).collect()))
        })
        .collect()
}

fn ids(people: &[SubscriberId]) -> Json<Vec<i64>> {
    Json(people.iter().map(|id| id.get()).collect())
}

/// Words as they are stored: each with a space before it, which tells where it begins.
pub(super) fn joined(words: &Words) -> String {
    words
        .iter()
        .fold(String::new(), |text, word| text + " " + word)
}

pub(super) async fn put_words(
    tx: &mut Tx,
    account: AccountId,
    people: &[(SubscriberId, String)],
) -> Result<()> {
    let mut insert = Insert::into("search_words", &["account_id", "subscriber_id", "words"])
        .on_conflict(
            "on conflict (account_id, subscriber_id) do update set words = excluded.words",
        );
    for (id, words) in people {
        insert.row(|row| {
            row.bind(account).bind(*id).bind(words);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn remove_words(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    tx.query(format!(
        "delete from search_words where account_id = $1 and subscriber_id in {}",
        in_list(2, people.len())
    ))
    .bind(account)
    .bind_list(people.iter().copied())
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn add_terms(
    tx: &mut Tx,
    account: AccountId,
    terms: &[(String, SubscriberId)],
) -> Result<()> {
    let mut insert = Insert::into(
        "search_term",
        &["account_id", "term_folded", "subscriber_id"],
    )
    .on_conflict("on conflict do nothing");
    for (term, id) in terms {
        insert.row(|row| {
            row.bind(account).bind(term).bind(*id);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn remove_terms(
    tx: &mut Tx,
    account: AccountId,
    terms: &[(String, SubscriberId)],
) -> Result<()> {
    if terms.is_empty() {
        return Ok(());
    }
    // Differs because each engine has its own way to unfold a list. SQLite looks up by both only if it knows their types:
    // by the word alone it would read everybody who has it, for each of them.
    let list = match tx.engine() {
        Engine::Sqlite => {
            "select cast(json_extract(value, '$[0]') as text), cast(json_extract(value, '$[1]') as integer)
             from json_each($2)"
        }
        Engine::Postgres => {
            "select value ->> 0, cast(value ->> 1 as bigint) from json_array_elements(cast($2 as json))"
        }
    };
    let terms: Vec<(&str, i64)> = terms
        .iter()
        .map(|(term, id)| (term.as_str(), id.get()))
        .collect();
    tx.query(format!(
        "delete from search_term where account_id = $1 and (term_folded, subscriber_id) in ({list})"
    ))
    .bind(account)
    .bind(Json(terms))
    .execute()
    .await?;
    Ok(())
}

/// How many words, and how many addresses, begin so; of each, not more than `most` and one are counted.
pub(in crate::subscribers) async fn count(
    tx: &mut Tx,
    account: AccountId,
    word: &str,
    most: i64,
) -> Result<(i64, i64)> {
    let row = tx
        .query(
            "select (select count(*) from (select 1 as one from search_term
                    where account_id = $1 and term_folded >= $2 and term_folded < $3 limit $4) t) as words,
                    (select count(*) from (select 1 as one from subscriber
                    where account_id = $1 and email_folded >= $2 and email_folded < $3 limit $4) e) as addresses",
        )
        .bind(account)
        .bind(word)
        .bind(end_of(word))
        .bind(most + 1)
        .fetch_one()
        .await?;
    Ok((row.get("words")?, row.get("addresses")?))
}

/// Everybody who has a word that begins so, each once, as a table with the column `id`; `from` and `end` are parameters:
/// the word and [`end_of`] it. With `addresses`, also everybody whose address begins so.
pub(in crate::subscribers) fn having(from: &str, end: &str, addresses: bool) -> String {
    let addresses = if addresses {
        format!(
            "union select id from subscriber
             where account_id = $1 and email_folded >= {from} and email_folded < {end}"
        )
    } else {
        String::new()
    };
    format!(
        "(select distinct subscriber_id as id from search_term
          where account_id = $1 and term_folded >= {from} and term_folded < {end} {addresses})"
    )
}

/// Ids of people, the newest first.
pub(in crate::subscribers) struct Newest {
    pub(in crate::subscribers) ids: Vec<SubscriberId>,
    /// Where to go on, unless these are all.
    pub(in crate::subscribers) behind: Option<i64>,
}

/// Characters of a word that an index has people by in the order of their ids.
const HEAD: usize = 3;

/// Whether people who have a word can be read in the order of their ids.
pub(in crate::subscribers) fn has_head(word: &str) -> bool {
    word.chars().count() >= HEAD
}

/// Everybody with an id below `before` who has a word or an address that begins so, each once: about `most`.
///
/// Where `many` have it, they are read in the order of their ids, until there are enough. Otherwise both indexes of
/// words and addresses are read through, but no person; nothing but the `most` best of each is kept meanwhile.
pub(in crate::subscribers) async fn newest(
    tx: &mut Tx,
    account: AccountId,
    word: &str,
    before: i64,
    most: i64,
    many: bool,
) -> Result<Newest> {
    let head: String = word.chars().take(HEAD).collect();
    let by_head = many && has_head(word);
    let mut ids = BTreeSet::new();
    let mut complete = i64::MIN;
    for (id, table, text, index) in [
        (
            "subscriber_id",
            "search_term",
            "term_folded",
            "search_term_head",
        ),
        ("id", "subscriber", "email_folded", "subscriber_head"),
    ] {
        let mut from = table.to_owned();
        let mut begins = format!("{text} >= $2 and {text} < $3");
        if by_head {
            // Differs because SQLite would not know that the order is worth more than the narrower range.
            if tx.engine() == Engine::Sqlite {
                from = format!("{table} indexed by {index}");
            }
            begins = format!("substr({text}, 1, {HEAD}) = $6 and {begins}");
        }
        // A person may have two words that begin so, one after the other in that order.
        let rows = tx
            .query(format!(
                "select {id} from {from} where account_id = $1 and {begins} and {id} < $4
                 order by {id} desc limit $5"
            ))
            .bind(account)
            .bind(word)
            .bind(end_of(word))
            .bind(before)
            .bind(most)
            .bind_values(by_head.then(|| head.clone().to_value()))
            .fetch_all()
            .await?;
        for row in &rows {
            ids.insert(row.at::<i64>(0)?);
        }
        if rows.len() as i64 >= most
            && let Some(last) = rows.last()
        {
            complete = complete.max(last.at(0)?);
        }
    }
    Ok(Newest {
        ids: ids.range(complete..).rev().map(|id| (*id).into()).collect(),
        behind: (complete != i64::MIN).then_some(complete),
    })
}

/// What is behind everything that begins so.
pub(in crate::subscribers) fn end_of(prefix: &str) -> String {
    format!("{prefix}{LAST}")
}

/// That `subscriber s` has a word or an address that begins so; `needle`, `from` and `end` are parameters: the word with
/// a space before it, the word, and [`end_of`] it.
pub(in crate::subscribers) fn condition(
    engine: Engine,
    needle: &str,
    from: &str,
    end: &str,
) -> String {
    // Differs because each engine has its own name for it.
    let find = match engine {
        Engine::Sqlite => "instr",
        Engine::Postgres => "strpos",
    };
    format!(
        "(s.email_folded >= {from} and s.email_folded < {end} or {find}((select w.words from search_words w
         where w.account_id = $1 and w.subscriber_id = s.id), {needle}) > 0)"
    )
}

/// The words of a search.
pub(in crate::subscribers) struct Searched<'a> {
    pub(in crate::subscribers) all: &'a [String],
    /// The one that people are looked up by; without one, everybody is asked.
    pub(in crate::subscribers) looked_up: Option<usize>,
}

/// That `subscriber s` has all words and is selected by a rule; parameters are numbered from `first`, the account is $1.
fn selected(
    engine: Engine,
    account: AccountId,
    compiled: &Compiled,
    words: Searched<'_>,
    first: usize,
) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut wheres = Vec::new();
    let mut parameter = |value: String| {
        values.push(value.to_value());
        format!("${}", first + values.len() - 1)
    };
    for (place, word) in words.all.iter().enumerate() {
        let from = parameter(word.clone());
        let end = parameter(end_of(word));
        wheres.push(if words.looked_up == Some(place) {
            format!("s.id in (select h.id from {} h)", having(&from, &end, true))
        } else {
            let needle = parameter(format!(" {word}"));
            condition(engine, &needle, &from, &end)
        });
    }
    let (rule, of_rule) = segments::condition(engine, account, compiled, first + values.len());
    wheres.push(format!("({rule})"));
    values.extend(of_rule);
    (wheres.join(" and "), values)
}

/// The people with all words whom a compiled rule selects, in the order of their ids.
pub(in crate::subscribers) async fn ids_selected(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    words: Searched<'_>,
    after: Option<SubscriberId>,
    limit: i64,
) -> Result<Vec<SubscriberId>> {
    let (condition, values) = selected(tx.engine(), account, compiled, words, 4);
    tx.query(format!(
        "select s.id from subscriber s where s.account_id = $1 and s.id > $2 and {condition} order by s.id limit $3"
    ))
    .bind(account)
    .bind(after.map_or(i64::MIN, SubscriberId::get))
    .bind(limit)
    .bind_values(values)
    .once()
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// How many they are.
pub(in crate::subscribers) async fn count_selected(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    words: Searched<'_>,
) -> Result<i64> {
    let (condition, values) = selected(tx.engine(), account, compiled, words, 2);
    tx.query(format!(
        "select count(*) as n from subscriber s where s.account_id = $1 and {condition}"
    ))
    .bind(account)
    .bind_values(values)
    .once()
    .fetch_one()
    .await?
    .get("n")
}
