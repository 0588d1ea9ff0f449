//! `doctor`.

use super::program::Place;

#[test]
fn a_sound_installation_passes_and_faults_are_named() {
    let place = Place::sqlite();
    let fresh = place.run(&["doctor"]).ok();
    assert!(fresh.contains("the first start makes it"), "{fresh}");
    assert!(!place.path("data").exists(), "it changes nothing");

    let place = place.with_owner();
    let sound = place.run(&["doctor", "--transports"]).ok();
    assert!(
        sound.contains("the secret key is the one of the database"),
        "{sound}"
    );
    assert!(sound.contains("0 failed"), "{sound}");

    let server = place.serve(&[]);
    assert!(
        place
            .run(&["doctor"])
            .ok()
            .contains("a server uses the database")
    );
    drop(server);

    place.file("data/sendero.db", &"not a database at all ".repeat(100));
    let broken = place.run(&["doctor"]);
    assert!(
        broken.out.contains("FAILED") && broken.out.contains("sendero.db"),
        "{broken:?}"
    );
    broken.failed(1);
    let wrong = place.run_with(&["doctor"], &[("SENDERO_LOG_FORMAT", "xml")], None);
    assert!(wrong.out.contains("log.format"), "{wrong:?}");
    wrong.failed(1);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_a_fault() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite().with_owner();
    let key = place.path("data/secret.key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = place.run(&["doctor"]);
    assert!(told.out.contains("chmod 600"), "{told:?}");
    told.failed(1);
}

#[test]
fn a_postgres_that_is_away_is_named_without_its_password() {
    let place = Place::sqlite();
    let url = "postgres://me:canary@127.0.0.1:1/sendero";
    let told = place.run_with(&["doctor"], &[("SENDERO_DATABASE_URL", url)], None);
    assert!(told.out.contains("me:(hidden)@127.0.0.1:1"), "{told:?}");
    assert!(
        !told.out.contains("canary") && !told.err.contains("canary"),
        "{told:?}"
    );
    told.failed(1);
}
