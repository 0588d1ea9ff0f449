//! Rows a second of a CSV file with five columns beside the address, two of them custom fields; and of the same file
//! again, in which nothing is new.

use std::fmt::Write as _;
use std::time::Instant;

use crate::Options;
use crate::api::{Api, address};
use crate::measure::{cpu, database_name, each_us, load, memory_mb, postgres_cpu};
use crate::program::{Program, Setting};

pub(crate) async fn run(options: &Options, database_url: Option<String>, rows: u64) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = database_url
        .as_deref()
        .map(database_name)
        .map(str::to_owned);
    let setting = Setting::new(&options.binary, folder.path(), database_url);
    let mut program = Program::start(&setting).await;
    let pid = program.child.id();
    let api = Api::set_up(&program.url).await;
    let mut csv = "email,first_name,last_name,phone,city,plan\n".to_owned();
    for n in 0..rows {
        let _ = writeln!(
            csv,
            "{},Ada {n},Lovelace,+47 {n:08},Oslo,Plan {}",
            address(n),
            n % 7
        );
    }
    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();
    for (what, column) in [("new", "created"), ("known", "unchanged")] {
        let before = (cpu(pid), database_cpu());
        let began = Instant::now();
        let import = api.import(csv.clone()).await;
        let took = began.elapsed();
        let ours = cpu(pid).saturating_sub(before.0);
        let databases = database_cpu().saturating_sub(before.1);
        assert_eq!(import[column], rows, "{import}");
        print!(
            "{:.0} {what} rows/s, upload included ({:.2} s); CPU per row: {:.0} us ours",
            rows as f64 / took.as_secs_f64(),
            took.as_secs_f64(),
            each_us(ours, rows)
        );
        if database.is_some() {
            print!(" + {:.0} us PostgreSQL", each_us(databases, rows));
        }
        println!(
            "; memory {:.0} MB at most; load {}",
            memory_mb(pid, "VmHWM"),
            load()
        );
    }
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
}
