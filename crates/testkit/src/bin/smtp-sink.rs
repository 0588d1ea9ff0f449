//! The sink as a program of its own: prints its port, writes each accepted recipient to a log before it answers, and
//! fails as told. Crash tests and benchmarks run it beside the program they measure.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use testkit::smtp_sink::{Action, Keep, Sink, SinkConfig, SinkTls, Step, When};

const USAGE: &str = "\
usage: smtp-sink [options]

  --port N               listen on 127.0.0.1:N; 0, the default, takes a free port, printed on the first line of stdout
  --log FILE             append one line per accepted recipient, before the reply:
                         address, Message-ID, sequence, connection, separated by tabs
  --latency-ms N         pause before each write of replies
  --threads N            worker threads (1)
  --no-pipelining        do not offer PIPELINING
  --starttls | --tls     offer STARTTLS, or encrypt from the start, with a certificate for localhost
  --login USER:PASSWORD  require AUTH
  --size-limit N         refuse larger messages
  --messages N           421 after N messages on a connection

  Faults. EVERY counts addresses by first appearance; 550 goes before 450.
  --fail-450-every N     450 at RCPT for each Nth address
  --fail-450-attempts N  for its first N attempts (1)
  --fail-550-every N     550 at RCPT for each Nth address, always
  --fail-450-prefix P    450 at RCPT for addresses that begin with P
  --fail-550-prefix P    550 at RCPT for addresses that begin with P
  --fail-dot-every N     451 after the final dot of each Nth message
  --drop-dot-every N     accept each Nth message, but drop the connection instead of answering
  --drop-body-every N    drop the connection in the middle of each Nth message
  --refuse-every N       421 instead of the greeting for each Nth connection
";

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)) {
        Err(message) => {
            let _ = write!(std::io::stderr(), "smtp-sink: {message}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Ok(options) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "smtp-sink: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn run(options: Options) -> std::io::Result<()> {
    let runtime = if options.threads > 1 {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.threads)
            .enable_all()
            .build()?
    } else {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
    };
    runtime.block_on(async {
        let sink = Sink::start(options.config).await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", sink.addr().port())?;
        stdout.flush()?;
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            result = tokio::signal::ctrl_c() => result?,
        }
        let stats = sink.stats();
        writeln!(
            std::io::stderr(),
            "accepted {}, deferred {}, refused {}, connections {}, violations {:?}",
            stats.accepted,
            stats.deferred,
            stats.refused,
            stats.connections,
            stats.violations
        )
    })
}

struct Options {
    config: SinkConfig,
    threads: usize,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut config = SinkConfig {
            keep: Keep::Nothing,
            ..SinkConfig::default()
        };
        let mut threads = 1;
        let mut attempts = 1;
        let mut deferrals = Vec::new();
        let mut refusals = Vec::new();
        let mut others = Vec::new();
        let every = |nth| When::Every(nth);
        while let Some(option) = args.next() {
            let mut text = || args.next().ok_or(format!("{option} needs a value"));
            let number = |text: Result<String, String>| {
                let text = text?;
                text.parse::<u64>()
                    .map_err(|_| format!("{option}: {text:?} is not a number"))
            };
            match option.as_str() {
                "--port" => {
                    config.port = u16::try_from(number(text())?).map_err(|e| e.to_string())?;
                }
                "--log" => config.log = Some(text()?.into()),
                "--latency-ms" => config.latency = Duration::from_millis(number(text())?),
                "--threads" => threads = number(text())? as usize,
                "--no-pipelining" => config.pipelining = false,
                "--starttls" => config.tls = SinkTls::StartTls,
                "--tls" => config.tls = SinkTls::Implicit,
                "--login" => {
                    let text = text()?;
                    let (user, password) =
                        text.split_once(':').ok_or("--login needs USER:PASSWORD")?;
                    config.login = Some((user.to_owned(), password.to_owned()));
                }
                "--size-limit" => config.size_limit = Some(number(text())? as usize),
                "--messages" => config.messages_per_connection = Some(number(text())?),
                "--fail-450-every" => deferrals.push(Chosen::Every(number(text())?)),
                "--fail-450-prefix" => deferrals.push(Chosen::Prefix(text()?)),
                "--fail-450-attempts" => {
                    attempts = u32::try_from(number(text())?).map_err(|e| e.to_string())?;
                }
                "--fail-550-every" => refusals.push(Chosen::Every(number(text())?)),
                "--fail-550-prefix" => refusals.push(Chosen::Prefix(text()?)),
                "--fail-dot-every" => others.push((
                    Step::Dot,
                    every(number(text())?),
                    Action::reply("451 4.3.0 try the message again later"),
                )),
                "--drop-dot-every" => {
                    others.push((Step::Dot, every(number(text())?), Action::AcceptThenClose));
                }
                "--drop-body-every" => {
                    others.push((Step::Body, every(number(text())?), Action::Close));
                }
                "--refuse-every" => others.push((
                    Step::Connect,
                    every(number(text())?),
                    Action::ReplyThenClose("421 4.3.2 not now".to_owned()),
                )),
                _ => return Err(format!("unknown option {option}")),
            }
        }
        for chosen in refusals {
            let action = Action::reply("550 5.1.1 no such mailbox");
            config = config.fault(Step::Rcpt, chosen.when(u32::MAX), action);
        }
        for chosen in deferrals {
            let action = Action::reply("450 4.2.1 try later");
            config = config.fault(Step::Rcpt, chosen.when(attempts), action);
        }
        for (step, when, action) in others {
            config = config.fault(step, when, action);
        }
        Ok(Self { config, threads })
    }
}

enum Chosen {
    Every(u64),
    Prefix(String),
}

impl Chosen {
    fn when(self, attempts: u32) -> When {
        match self {
            Self::Every(nth) => When::EveryAddress { nth, attempts },
            Self::Prefix(prefix) => When::prefix(prefix, attempts),
        }
    }
}
