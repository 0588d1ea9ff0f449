//! A disk that is full.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Answer;
use crate::scene::{Scene, dice};

const RECIPIENTS: u64 = 10_000;

/// A file system of its own in memory; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir(at).expect("a directory can be made");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(at)
            .output();
        status
            .is_ok_and(|output| output.status.success())
            .then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the program may not have let go of it yet.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
        // Its folder could not be removed before.
        let folder = self.0.parent().expect("it has one");
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Data and log are on the same disk, as with most people.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_halts_sending_until_there_is_room() {
    let name = "a_full_disk_halts_sending_until_there_is_room";
    let folder = tempfile::tempdir().expect("a temporary directory");
    let Some(disk) = SmallDisk::mount(&folder.path().join("data"), "64m") else {
        println!("skipped: cannot mount a tmpfs");
        return;
    };
    let mut scene = Scene::set_in(name, folder, None, RECIPIENTS, Vec::new()).await;
    let dice = dice(name);
    scene.send().await;
    for round in 0..2 {
        let target = round * RECIPIENTS / 4 + dice.below(RECIPIENTS / 8);
        scene.progress(target.max(scene.sink.count() + 1)).await;
        let filler = disk.0.join("filler");
        fill(&filler);
        scene.says_that_the_disk_is_full().await;
        std::fs::remove_file(&filler).expect("the filler can be removed");
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.sent, verdict.unknown),
        (RECIPIENTS, 0),
        "{verdict}"
    );
    scene.stop().await;
}

/// Writes until there is no room for another byte.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("the disk is not full yet");
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![0_u8; size];
        while file.write_all(&block).is_ok() {}
    }
}

impl Scene {
    /// Writing is refused with a reason, reading works, and it lives.
    async fn says_that_the_disk_is_full(&mut self) {
        // The last pages of its log may still take a few.
        let mut n = 0;
        let refusal = loop {
            n += 1;
            let group = json!({ "name": format!("{} {n}", self.sink.count()) });
            let answer = self.ask(Method::POST, "/api/groups", Some(&group)).await;
            if answer.status != 201 {
                break answer;
            }
            assert!(self.sink.count() < RECIPIENTS, "the disk is not full");
        };
        assert!(matches!(refusal.status, 503 | 507), "{refusal:?}");
        assert!(refusal.body["detail"].is_string(), "{refusal:?}");
        let path = format!("/api/campaigns/{}/report", self.campaign);
        let report = self.ask(Method::GET, &path, None).await;
        assert_eq!(report.body["state"], "sending", "{report:?}");
    }

    /// Fails with its last words when it does not answer.
    async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        match self.api.call(method, path, body).await {
            Ok(answer) => answer,
            Err(error) => {
                let program = self.programs.pop().expect("it runs");
                panic!("{error:?}\n{}", program.last_words().await);
            }
        }
    }
}
