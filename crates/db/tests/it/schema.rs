//! The two schemas are one.

use std::collections::{BTreeMap, BTreeSet};

use db::{Engine, Tx};
use testkit::TestDb;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    primary_key: Vec<String>,
    indexes: BTreeMap<String, Index>,
    checks: BTreeSet<String>,
    foreign_keys: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    name: String,
    class: &'static str,
    nullable: bool,
    default: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Index {
    unique: bool,
    /// With `desc`, where it is.
    columns: Vec<String>,
    predicate: Option<String>,
}

#[test]
fn both_engines_have_the_same_schema() {
    testkit::run(async {
        let Some(postgres) = TestDb::postgres().await else {
            return;
        };
        let sqlite = TestDb::sqlite().await;
        let [sqlite, postgres] = [sqlite, postgres].map(|db| db.ctx());
        let sqlite = read_sqlite(&mut sqlite.read().await.unwrap()).await;
        let postgres = read_postgres(&mut postgres.read().await.unwrap()).await;
        assert!(sqlite.len() > 5, "{:?}", sqlite.keys());
        assert_eq!(
            sqlite.keys().collect::<Vec<_>>(),
            postgres.keys().collect::<Vec<_>>()
        );
        for (name, table) in &sqlite {
            assert_eq!(table, &postgres[name], "the table {name}");
            assert!(!table.primary_key.is_empty(), "{name} has no primary key");
        }
    });
}

#[test]
fn migrations_come_in_pairs() {
    let names = |engine: &str| -> BTreeSet<String> {
        let path = format!("{}/../../migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn folded_columns_sort_by_bytes_whatever_the_locale_of_the_server() {
    testkit::run(async {
        let Some(postgres) = TestDb::postgres().await else {
            return;
        };
        let ctx = postgres.ctx();
        let mut tx = ctx.read().await.unwrap();
        let columns = tx
            .query(
                "select table_name || '.' || column_name as name, collation_name from information_schema.columns \
                 where table_schema = 'public' and column_name like '%folded' order by 1",
            )
            .fetch_all()
            .await
            .unwrap();
        assert!(!columns.is_empty());
        let others: Vec<String> = columns
            .iter()
            .filter(|row| {
                row.get::<Option<String>>("collation_name")
                    .unwrap()
                    .as_deref()
                    != Some("C")
            })
            .map(|row| row.get("name").unwrap())
            .collect();
        assert!(
            others.is_empty(),
            "declare them `collate \"C\"`: {others:?}"
        );
    });
}

#[testkit::db_test]
async fn migrating_again_changes_nothing(db: TestDb) {
    let ctx = db.ctx();
    let before = read(&mut ctx.read().await.unwrap()).await;
    ctx.db.migrate().await.unwrap();
    assert_eq!(read(&mut ctx.read().await.unwrap()).await, before);
}

#[testkit::db_test]
async fn a_newer_or_altered_schema_is_refused(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         select 99990101000000, 'of the future', success, checksum, 0 from _sqlx_migrations \
         where version = (select min(version) from _sqlx_migrations)"
            .to_owned(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let error = ctx.db.migrate().await.unwrap_err().to_string();
    assert!(error.contains("newer Sendero"), "{error}");

    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "delete from _sqlx_migrations where version = 99990101000000; \
         update _sqlx_migrations set checksum = (select checksum from _sqlx_migrations order by version desc limit 1) \
         where version = (select min(version) from _sqlx_migrations)"
            .to_owned(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let error = ctx.db.migrate().await.unwrap_err().to_string();
    assert!(error.contains(" was changed after"), "{error}");
}

async fn read(tx: &mut Tx) -> BTreeMap<String, Table> {
    match tx.engine() {
        Engine::Sqlite => read_sqlite(tx).await,
        Engine::Postgres => read_postgres(tx).await,
    }
}

async fn read_sqlite(tx: &mut Tx) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    let rows = tx
        .query(
            "select name, sql from sqlite_schema where type = 'table' \
             and name not like 'sqlite\\_%' escape '\\' and name <> '_sqlx_migrations'",
        )
        .fetch_all()
        .await
        .unwrap();
    for row in rows {
        let name: String = row.get("name").unwrap();
        let sql: String = row.get("sql").unwrap();
        let mut table = Table {
            checks: checks(&sql),
            ..Table::default()
        };
        let columns = tx
            .query("select name, type, \"notnull\", dflt_value, pk from pragma_table_info($1) order by cid")
            .bind(&name)
            .fetch_all()
            .await
            .unwrap();
        let mut key = Vec::new();
        for row in columns {
            let column: String = row.get("name").unwrap();
            let position: i64 = row.get("pk").unwrap();
            if position > 0 {
                key.push((position, column.clone()));
            }
            table.columns.push(Column {
                name: column,
                class: class(&row.get::<String>("type").unwrap()),
                nullable: row.get::<i64>("notnull").unwrap() == 0,
                default: row
                    .get::<Option<String>>("dflt_value")
                    .unwrap()
                    .map(|text| squeeze(&text)),
            });
        }
        key.sort();
        table.primary_key = key.into_iter().map(|(_, column)| column).collect();
        read_sqlite_indexes(tx, &name, &mut table).await;
        // A table that SQLite stores in the order of `id` may have the key that PostgreSQL has as one more index.
        let own = ["account_id", "id"].map(str::to_owned);
        let key = table
            .indexes
            .extract_if(.., |_, index| index.unique && index.columns == own)
            .next();
        if let Some((_, index)) = key {
            assert_eq!(table.primary_key, ["id"], "{name}");
            table.primary_key = index.columns;
        }
        let foreign = tx
            .query("select \"from\", \"table\", \"to\" from pragma_foreign_key_list($1)")
            .bind(&name)
            .fetch_all()
            .await
            .unwrap();
        for row in foreign {
            let part = |column| {
                row.get::<Option<String>>(column)
                    .unwrap()
                    .unwrap_or_default()
            };
            table
                .foreign_keys
                .insert(format!("{} {} {}", part("from"), part("table"), part("to")));
        }
        tables.insert(name, table);
    }
    tables
}

async fn read_sqlite_indexes(tx: &mut Tx, name: &str, table: &mut Table) {
    let indexes = tx
        .query(
            "select l.name, l.\"unique\", l.origin, s.sql from pragma_index_list($1) l \
             left join sqlite_schema s on s.name = l.name where l.origin <> 'pk'",
        )
        .bind(name)
        .fetch_all()
        .await
        .unwrap();
    for row in indexes {
        let index: String = row.get("name").unwrap();
        let sql = row.get::<Option<String>>("sql").unwrap();
        let columns: Vec<String> = tx
            .query("select name, \"desc\" from pragma_index_xinfo($1) where \"key\" = 1 order by seqno")
            .bind(&index)
            .fetch_all()
            .await
            .unwrap()
            .iter()
            .map(|row| {
                let name = row.get::<Option<String>>("name").unwrap();
                directed(name, row.get::<i64>("desc").unwrap() == 1)
            })
            .collect();
        // A constraint of the table is named by the engine.
        let name = if sql.is_some() {
            index
        } else {
            columns.join("+")
        };
        let predicate = sql.and_then(|sql| {
            let sql = sql.to_lowercase();
            sql.split_once(" where ")
                .map(|(_, predicate)| squeeze(predicate))
        });
        let unique = row.get::<i64>("unique").unwrap() == 1;
        table.indexes.insert(
            name,
            Index {
                unique,
                columns,
                predicate,
            },
        );
    }
}

async fn read_postgres(tx: &mut Tx) -> BTreeMap<String, Table> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns = tx
        .query(
            "select c.table_name, c.column_name, c.data_type, c.is_nullable, c.column_default \
             from information_schema.columns c where c.table_schema = 'public' \
             and c.table_name <> '_sqlx_migrations' order by c.table_name, c.ordinal_position",
        )
        .fetch_all()
        .await
        .unwrap();
    for row in columns {
        let table: String = row.get("table_name").unwrap();
        tables.entry(table).or_default().columns.push(Column {
            name: row.get("column_name").unwrap(),
            class: class(&row.get::<String>("data_type").unwrap()),
            nullable: row.get::<String>("is_nullable").unwrap() == "YES",
            default: row
                .get::<Option<String>>("column_default")
                .unwrap()
                .map(|text| squeeze(&text)),
        });
    }
    let indexes = tx
        .query(
            "select t.relname::text as table_name, i.relname::text as name, x.indisunique, x.indisprimary, \
             pg_get_expr(x.indpred, x.indrelid) as predicate, \
             exists (select 1 from pg_constraint c where c.conindid = x.indexrelid) as constrains, \
             (select string_agg(coalesce(a.attname::text, '(expression)') \
                 || case when x.indoption[k.n - 1] & 1 = 1 then ' desc' else '' end, ',' order by k.n) \
              from unnest(x.indkey) with ordinality k (attnum, n) \
              left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum) as columns \
             from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid \
             join pg_namespace s on s.oid = t.relnamespace \
             where s.nspname = 'public' and t.relname <> '_sqlx_migrations' \
             and not exists (select 1 from pg_constraint c where c.conindid = x.indexrelid and c.contype = 'x')",
        )
        .fetch_all()
        .await
        .unwrap();
    // Without exclusion constraints: on SQLite those are triggers.
    for row in indexes {
        let table = tables
            .get_mut(&row.get::<String>("table_name").unwrap())
            .unwrap();
        let columns: Vec<String> = row
            .get::<String>("columns")
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        if row.get::<bool>("indisprimary").unwrap() {
            table.primary_key = columns;
            continue;
        }
        let name = if row.get::<bool>("constrains").unwrap() {
            columns.join("+")
        } else {
            row.get("name").unwrap()
        };
        let predicate = row.get::<Option<String>>("predicate").unwrap();
        let index = Index {
            unique: row.get("indisunique").unwrap(),
            columns,
            predicate: predicate.map(|text| squeeze(&text)),
        };
        table.indexes.insert(name, index);
    }
    read_postgres_constraints(tx, &mut tables).await;
    tables
}

async fn read_postgres_constraints(tx: &mut Tx, tables: &mut BTreeMap<String, Table>) {
    let constraints = tx
        .query(
            "select t.relname::text as table_name, c.contype::text as kind, pg_get_constraintdef(c.oid) as definition, \
             (select string_agg(a.attname::text, ',') from pg_attribute a where a.attrelid = t.oid and a.attnum = any (c.conkey)) as columns, \
             f.relname::text as foreign_table, \
             (select string_agg(a.attname::text, ',') from pg_attribute a where a.attrelid = f.oid and a.attnum = any (c.confkey)) as foreign_columns \
             from pg_constraint c join pg_class t on t.oid = c.conrelid left join pg_class f on f.oid = c.confrelid \
             join pg_namespace s on s.oid = t.relnamespace \
             where s.nspname = 'public' and c.contype in ('c', 'f') and t.relname <> '_sqlx_migrations'",
        )
        .fetch_all()
        .await
        .unwrap();
    for row in constraints {
        let table = tables
            .get_mut(&row.get::<String>("table_name").unwrap())
            .unwrap();
        let part = |column| {
            row.get::<Option<String>>(column)
                .unwrap()
                .unwrap_or_default()
        };
        if part("kind") == "c" {
            let definition = part("definition").to_lowercase();
            let definition = definition.trim_start_matches("check ");
            table.checks.insert(squeeze(definition));
        } else {
            table.foreign_keys.insert(format!(
                "{} {} {}",
                part("columns"),
                part("foreign_table"),
                part("foreign_columns")
            ));
        }
    }
}

fn class(declared: &str) -> &'static str {
    match declared.to_lowercase().as_str() {
        "integer" | "bigint" => "integer",
        "smallint" => "flag",
        "text" => "text",
        "double precision" => "real",
        "blob" | "bytea" => "bytes",
        other => panic!("the type {other} is not one that both engines share"),
    }
}

fn directed(name: Option<String>, descending: bool) -> String {
    let name = name.unwrap_or_else(|| "(expression)".to_owned());
    if descending {
        format!("{name} desc")
    } else {
        name
    }
}

/// The clauses `check (...)` of a statement.
fn checks(sql: &str) -> BTreeSet<String> {
    let sql = sql.to_lowercase();
    let mut found = BTreeSet::new();
    for (at, word) in sql.match_indices("check (") {
        let body = &sql[at + word.len()..];
        let mut depth = 1;
        let end = body.find(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        found.insert(squeeze(&body[..end.unwrap()]));
    }
    found
}

/// An expression without what the engines write differently: spaces, parentheses, casts, and how a list is spelled.
fn squeeze(expression: &str) -> String {
    let mut text = expression.to_lowercase();
    for cast in ["::text", "::bigint", "::smallint", "::integer"] {
        text = text.replace(cast, "");
    }
    text = text.replace("= any (array[", "in (").replace("!=", "<>");
    text.retain(|c| !c.is_whitespace() && !"()[]".contains(c));
    text
}
