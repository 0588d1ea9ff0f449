//! The sink as a program: what a killed sender leaves behind can be read from its log.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn writes_each_recipient_down_before_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut program = Program(
        Command::new(env!("CARGO_BIN_EXE_smtp-sink"))
            .args(["--port", "0", "--fail-450-every", "3", "--fail-550-prefix"])
            .args(["nobody", "--latency-ms", "0", "--log"])
            .arg(&log)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut port = String::new();
    BufReader::new(program.0.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap())).unwrap();
    let message = |to| {
        format!("MAIL FROM:<a@x.test>\r\nRCPT TO:<{to}>\r\nDATA\r\nMessage-ID: <{to}>\r\n\r\n.\r\n")
    };
    let good = format!("{}{}", message("one@x.test"), message("two@x.test"));
    let bad =
        "MAIL FROM:<a@x.test>\r\nRCPT TO:<three@x.test>\r\nRCPT TO:<nobody@x.test>\r\nQUIT\r\n";
    stream
        .write_all(format!("EHLO me\r\n{good}{bad}").as_bytes())
        .unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).unwrap();
    assert!(replies.contains("queued as 1"), "{replies}");
    assert!(
        replies.contains("\r\n450 ") && replies.contains("\r\n550 "),
        "{replies}"
    );
    program.0.kill().unwrap();
    assert_eq!(
        std::fs::read_to_string(log).unwrap(),
        "one@x.test\tone@x.test\t0\t0\ntwo@x.test\ttwo@x.test\t1\t0\n"
    );
}

#[test]
fn says_what_an_option_is_missing() {
    let output = Command::new(env!("CARGO_BIN_EXE_smtp-sink"))
        .args(["--port", "many"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--port: \"many\" is not a number"), "{said}");
}
