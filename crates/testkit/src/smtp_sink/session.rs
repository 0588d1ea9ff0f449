//! One connection: commands in, replies out, faults where they are due.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use memchr::{memchr, memmem};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::faults::{Action, Step, Subject};
use super::journal::Arrival;
use super::{Shared, SinkTls};

const COMMAND_LIMIT: usize = 4096;
const LINGER: Duration = Duration::from_secs(1);
const READ_AHEAD: usize = 64 * 1024;
const END_OF_DATA: &[u8] = b"\r\n.\r\n";

/// How a session goes on after a command.
enum Flow {
    Continue,
    Close,
    StartTls,
}

/// Whether a command is to take effect.
enum Verdict {
    /// Yes, and its ordinary reply is due.
    Ordinary,
    /// Yes, but it has been answered already.
    Answered,
    /// No; it has been refused.
    Refused,
    /// No; the connection is at its end.
    Close,
    /// Only at the final dot: yes, but without an answer.
    AcceptThenClose,
}

pub(super) async fn serve(shared: &Shared, stream: TcpStream, id: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match (shared.config.tls, &shared.acceptor) {
        (SinkTls::Implicit, Some(acceptor)) => {
            let stream = acceptor.accept(stream).await?;
            Session::new(shared, stream, id, true).run(true).await?;
        }
        (SinkTls::StartTls, Some(acceptor)) => {
            let plain = Session::new(shared, stream, id, false);
            if let Some(stream) = plain.run(true).await? {
                let stream = acceptor.accept(stream).await?;
                Session::new(shared, stream, id, true).run(false).await?;
            }
        }
        _ => {
            Session::new(shared, stream, id, false).run(true).await?;
        }
    }
    Ok(())
}

struct Session<'a, S> {
    shared: &'a Shared,
    stream: S,
    id: u64,
    encrypted: bool,
    input: BytesMut,
    out: Vec<u8>,
    trickle: Option<Duration>,
    line: Vec<u8>,
    greeted: bool,
    signed_in: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    subject: Subject,
    messages: u64,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    fn new(shared: &'a Shared, stream: S, id: u64, encrypted: bool) -> Self {
        Self {
            shared,
            stream,
            id,
            encrypted,
            input: BytesMut::with_capacity(READ_AHEAD),
            out: Vec::with_capacity(512),
            trickle: None,
            line: Vec::new(),
            greeted: false,
            signed_in: shared.config.login.is_none(),
            sender: None,
            recipients: Vec::new(),
            subject: Subject::default(),
            messages: 0,
        }
    }

    /// Serves to the end, or to a STARTTLS, which gives the stream back.
    async fn run(mut self, greet: bool) -> io::Result<Option<S>> {
        if greet {
            match self.fault(Step::Connect).await? {
                Verdict::Ordinary => self.reply("220 sink.test ESMTP"),
                Verdict::Answered => {}
                _ => {
                    self.close().await?;
                    return Ok(None);
                }
            }
        }
        loop {
            if !self.next_line().await? {
                return Ok(None);
            }
            let flow = self.command().await?;
            if self.trickle.is_some() {
                self.flush().await?;
            }
            match flow {
                Flow::Continue => {}
                Flow::Close => {
                    self.close().await?;
                    return Ok(None);
                }
                Flow::StartTls => {
                    self.flush().await?;
                    return Ok(Some(self.stream));
                }
            }
        }
    }

    fn reply(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        if !self.shared.config.latency.is_zero() {
            tokio::time::sleep(self.shared.config.latency).await;
        }
        if let Some(pause) = self.trickle.take() {
            for byte in std::mem::take(&mut self.out) {
                self.stream.write_all(&[byte]).await?;
                self.stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        } else {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await?;
            self.out.clear();
        }
        Ok(())
    }

    /// Ends the connection. If a last reply is due, it waits for the client to read it: closing with unread input would
    /// reset the connection, and the reply could get lost on the way.
    async fn close(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.flush().await?;
        self.stream.shutdown().await?;
        let drain = async {
            while self.stream.read_buf(&mut self.input).await? > 0 {
                self.input.clear();
            }
            io::Result::Ok(())
        };
        tokio::time::timeout(LINGER, drain).await.unwrap_or(Ok(()))
    }

    /// Answers what is due, then reads more. Returns false at the end of the stream.
    async fn fill(&mut self) -> io::Result<bool> {
        self.flush().await?;
        self.input.reserve(READ_AHEAD);
        Ok(self.stream.read_buf(&mut self.input).await? > 0)
    }

    /// Puts the next line, without its end, into `self.line`.
    async fn next_line(&mut self) -> io::Result<bool> {
        loop {
            if let Some(end) = memchr(b'\n', &self.input) {
                self.line.clear();
                self.line.extend_from_slice(&self.input[..end]);
                self.input.advance(end + 1);
                if self.line.pop_if(|b| *b == b'\r').is_none() {
                    self.violation("a command ended with a bare LF");
                }
                return Ok(true);
            }
            if self.input.len() > COMMAND_LIMIT {
                self.violation("a command is too long");
                return Ok(false);
            }
            if !self.fill().await? {
                return Ok(false);
            }
        }
    }

    fn violation(&self, text: &str) {
        let id = self.id;
        self.shared
            .journal
            .violation(format!("connection {id}: {text}"));
    }

    async fn fault(&mut self, step: Step) -> io::Result<Verdict> {
        let Some(action) = self.shared.faults.at(step, &self.subject) else {
            return Ok(Verdict::Ordinary);
        };
        Ok(match action {
            Action::Reply(text) => {
                self.reply(&text);
                Verdict::Refused
            }
            Action::ReplyThenClose(text) => {
                self.reply(&text);
                Verdict::Close
            }
            Action::Close => Verdict::Close,
            Action::AcceptThenClose => Verdict::AcceptThenClose,
            Action::Raw(bytes) => {
                self.out.extend_from_slice(&bytes);
                Verdict::Answered
            }
            Action::Stall => {
                while self.fill().await? {
                    self.input.clear();
                }
                Verdict::Close
            }
            Action::Trickle(pause) => {
                self.flush().await?;
                self.trickle = Some(pause);
                Verdict::Ordinary
            }
        })
    }

    async fn command(&mut self) -> io::Result<Flow> {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if !self.shared.config.pipelining && !self.input.is_empty() {
            self.violation("a command was sent ahead, but PIPELINING was not offered");
        }
        if !self.greeted
            && ["MAIL", "RCPT", "DATA"]
                .iter()
                .any(|v| verb.eq_ignore_ascii_case(v))
        {
            self.reply("503 5.5.1 say EHLO first");
            return Ok(Flow::Continue);
        }
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(true).await,
            "HELO" => self.hello(false).await,
            "STARTTLS" => self.start_tls().await,
            "AUTH" => self.auth(rest).await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.rcpt(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.reset();
                self.reply("250 2.0.0 ok");
                Ok(Flow::Continue)
            }
            "NOOP" => {
                self.reply("250 2.0.0 ok");
                Ok(Flow::Continue)
            }
            "QUIT" => {
                if let Verdict::Ordinary = self.fault(Step::Quit).await? {
                    self.reply("221 2.0.0 bye");
                }
                Ok(Flow::Close)
            }
            _ => {
                self.violation(&format!("unknown command {verb:?}"));
                self.reply("500 5.5.2 unknown command");
                Ok(Flow::Continue)
            }
        }
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    async fn hello(&mut self, extended: bool) -> io::Result<Flow> {
        let config = &self.shared.config;
        if extended && !config.ehlo {
            self.reply("502 5.5.1 EHLO is not known here");
            return Ok(Flow::Continue);
        }
        match self.fault(Step::Hello).await? {
            Verdict::Ordinary => {}
            Verdict::Answered => {
                self.greeted = true;
                return Ok(Flow::Continue);
            }
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        self.greeted = true;
        self.reset();
        if !extended {
            self.reply("250 sink.test");
            return Ok(Flow::Continue);
        }
        self.reply("250-sink.test");
        if config.pipelining {
            self.reply("250-PIPELINING");
        }
        if config.international {
            self.reply("250-8BITMIME");
            self.reply("250-SMTPUTF8");
        }
        if let Some(limit) = config.size_limit {
            self.reply(&format!("250-SIZE {limit}"));
        }
        if config.tls == SinkTls::StartTls && !self.encrypted {
            self.reply("250-STARTTLS");
        }
        if config.login.is_some() {
            self.reply(&format!("250-AUTH {}", config.mechanisms));
        }
        self.reply("250 ENHANCEDSTATUSCODES");
        Ok(Flow::Continue)
    }

    async fn start_tls(&mut self) -> io::Result<Flow> {
        if self.encrypted || self.shared.config.tls != SinkTls::StartTls {
            self.reply("502 5.5.1 STARTTLS is not offered");
            return Ok(Flow::Continue);
        }
        match self.fault(Step::StartTls).await? {
            Verdict::Ordinary => self.reply("220 2.0.0 go ahead"),
            Verdict::Answered => {}
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        if !self.input.is_empty() {
            self.violation("something was sent behind STARTTLS");
        }
        Ok(Flow::StartTls)
    }

    async fn auth(&mut self, rest: &str) -> io::Result<Flow> {
        match self.fault(Step::Auth).await? {
            Verdict::Ordinary => {}
            Verdict::Answered => {
                self.signed_in = true;
                return Ok(Flow::Continue);
            }
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        let mut words = rest.split_ascii_whitespace();
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let initial = words.next().map(str::to_owned);
        let offered = &self.shared.config.mechanisms;
        if !offered.split(' ').any(|m| m == mechanism) {
            self.reply("504 5.5.4 that mechanism is not offered");
            return Ok(Flow::Continue);
        }
        let given = if mechanism == "PLAIN" {
            let response = match initial {
                Some(response) => response,
                None => self.ask("334 ").await?,
            };
            let plain = decode(&response);
            let mut parts = plain.split('\0').skip(1).map(str::to_owned);
            (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            )
        } else {
            let name = match initial {
                Some(name) => name,
                None => self.ask("334 VXNlcm5hbWU6").await?,
            };
            let password = self.ask("334 UGFzc3dvcmQ6").await?;
            (decode(&name), decode(&password))
        };
        if self.shared.config.login.as_ref() == Some(&given) {
            self.signed_in = true;
            self.reply("235 2.7.0 welcome");
        } else {
            self.reply("535 5.7.8 user name or password is wrong");
        }
        Ok(Flow::Continue)
    }

    async fn ask(&mut self, challenge: &str) -> io::Result<String> {
        self.reply(challenge);
        if self.next_line().await? {
            Ok(String::from_utf8_lossy(&self.line).into_owned())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    async fn mail(&mut self, rest: &str) -> io::Result<Flow> {
        let config = &self.shared.config;
        if config
            .messages_per_connection
            .is_some_and(|limit| self.messages >= limit)
        {
            self.reply("421 4.7.0 enough messages on this connection");
            return Ok(Flow::Close);
        }
        let verdict = self.fault(Step::Mail).await?;
        match verdict {
            Verdict::Ordinary | Verdict::Answered => {}
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            self.reply("501 5.5.4 MAIL FROM:<address>");
            return Ok(Flow::Continue);
        };
        if !self.signed_in {
            self.reply("530 5.7.0 sign in first");
            return Ok(Flow::Continue);
        }
        if self.sender.is_some() {
            self.reply("503 5.5.1 there is a transaction already");
            return Ok(Flow::Continue);
        }
        let size = parameters
            .split(' ')
            .find_map(|p| p.strip_prefix("SIZE=")?.parse::<usize>().ok());
        if let (Some(size), Some(limit)) = (size, config.size_limit)
            && size > limit
        {
            self.reply("552 5.3.4 too large");
            return Ok(Flow::Continue);
        }
        self.sender = Some(address.to_owned());
        if let Verdict::Ordinary = verdict {
            self.reply("250 2.1.0 ok");
        }
        Ok(Flow::Continue)
    }

    async fn rcpt(&mut self, rest: &str) -> io::Result<Flow> {
        let Some((address, _)) = path(rest, "TO:") else {
            self.reply("501 5.5.4 RCPT TO:<address>");
            return Ok(Flow::Continue);
        };
        if self.sender.is_none() {
            self.reply("503 5.5.1 MAIL first");
            return Ok(Flow::Continue);
        }
        self.subject = self.shared.faults.attempt(address);
        match self.fault(Step::Rcpt).await? {
            Verdict::Ordinary => self.reply("250 2.1.5 ok"),
            Verdict::Answered => {}
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        self.recipients.push(address.to_owned());
        Ok(Flow::Continue)
    }

    async fn data(&mut self) -> io::Result<Flow> {
        let unready = self.recipients.is_empty() && !self.shared.config.data_without_recipients;
        if self.sender.is_none() || unready {
            self.reply("554 5.5.1 no valid recipients");
            return Ok(Flow::Continue);
        }
        match self.fault(Step::Data).await? {
            Verdict::Ordinary => self.reply("354 go ahead"),
            Verdict::Answered => {}
            Verdict::Refused => return Ok(Flow::Continue),
            Verdict::Close | Verdict::AcceptThenClose => return Ok(Flow::Close),
        }
        if !self.input.is_empty() {
            self.violation("data was sent before the 354");
        }
        if self.trickle.is_some() || self.input.is_empty() {
            self.fill().await?;
        }
        if let Verdict::Close = self.fault(Step::Body).await? {
            return Ok(Flow::Close);
        }
        let Some(end) = self.whole_message().await? else {
            return Ok(Flow::Close);
        };
        // The line end before the final dot belongs to the message, unless there is nothing else.
        let length = if end == 0 { 0 } else { end + 2 };
        let message = self.input.split_to(length);
        self.input.advance(END_OF_DATA.len() - 2);
        self.check(&message);
        self.finish(&message).await
    }

    /// Reads up to the final dot. Returns where the message ends, before its last line end.
    async fn whole_message(&mut self) -> io::Result<Option<usize>> {
        let finder = memmem::Finder::new(END_OF_DATA);
        let mut searched = 0;
        loop {
            if self.input.starts_with(&END_OF_DATA[2..]) {
                return Ok(Some(0));
            }
            if let Some(at) = finder.find(&self.input[searched..]) {
                return Ok(Some(searched + at));
            }
            searched = self.input.len().saturating_sub(END_OF_DATA.len() - 1);
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    async fn finish(&mut self, message: &[u8]) -> io::Result<Flow> {
        if self.recipients.is_empty() {
            self.reset();
            self.reply("554 5.5.1 no valid recipients");
            return Ok(Flow::Continue);
        }
        let limit = self.shared.config.size_limit;
        if limit.is_some_and(|limit| message.len() > limit) {
            self.reset();
            self.reply("552 5.3.4 too large");
            return Ok(Flow::Continue);
        }
        let verdict = self.fault(Step::Dot).await?;
        match verdict {
            Verdict::Ordinary | Verdict::Answered | Verdict::AcceptThenClose => {}
            Verdict::Refused => {
                self.reset();
                return Ok(Flow::Continue);
            }
            Verdict::Close => return Ok(Flow::Close),
        }
        let seq = self.shared.journal.accept(&Arrival {
            sender: self.sender.as_deref().unwrap_or_default(),
            recipients: &self.recipients,
            connection: self.id,
            data: message,
        })?;
        self.messages += 1;
        self.reset();
        match verdict {
            Verdict::AcceptThenClose => return Ok(Flow::Close),
            Verdict::Ordinary => self.reply(&format!("250 2.0.0 ok: queued as {seq}")),
            _ => {}
        }
        Ok(Flow::Continue)
    }

    /// Counts what opens the door to smuggling, and what some servers refuse.
    fn check(&self, message: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', message) {
            let line = &message[start..end];
            start = end + 1;
            if line.last() != Some(&b'\r') {
                self.violation("a bare LF in the message");
            } else if memchr(b'\r', &line[..line.len() - 1]).is_some() {
                self.violation("a bare CR in the message");
            }
            if line.len() > 999 {
                self.violation("a line of more than 998 octets");
            }
            if line.first() == Some(&b'.') && line.get(1) != Some(&b'.') {
                self.violation("a line begins with a dot that was not stuffed");
            }
        }
        if memchr(0, message).is_some() {
            self.violation("a NUL in the message");
        }
    }
}

/// `FROM:<address> parameters` or `TO:<address> parameters`.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (word, rest) = rest.split_at_checked(keyword.len())?;
    let rest = rest.trim_start().strip_prefix('<')?;
    let (address, parameters) = rest.split_once('>')?;
    word.eq_ignore_ascii_case(keyword)
        .then_some((address, parameters))
}

fn decode(base64: &str) -> String {
    let bytes = data_encoding::BASE64
        .decode(base64.trim().as_bytes())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
