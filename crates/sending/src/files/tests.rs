use identity::Actor;
use kernel::{AccountId, Error, Limit, Result};
use testkit::TestDb;

use super::model::{header_name, name_of};
use super::picture::{kind_of, measure};
use super::{FilePatch, Limits, Picture, PictureKind, Upload};

fn inspect(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    measure(kind_of(bytes)?, bytes, limits)
}

/// The head of a PNG, which is all that anybody reads of it, and something that would be pixels.
fn png(width: u32, height: u32, more: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[8, 6, 0, 0, 0, 0, 0, 0, 0]);
    if !more.is_empty() {
        bytes.extend_from_slice(&(more.len() as u32).to_be_bytes());
        bytes.extend_from_slice(b"IDAT");
        bytes.extend_from_slice(more);
        bytes.extend_from_slice(&[0; 4]);
    }
    bytes
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend_from_slice(&width.to_le_bytes());
    bytes.extend_from_slice(&height.to_le_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0x3b]);
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    bytes.extend_from_slice(b"\xff\xc0\x00\x11\x08");
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&[3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    bytes.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    bytes.extend_from_slice(&[0; 16]);
    bytes
}

#[test]
fn pictures_are_known_by_their_bytes() {
    let limits = Limits::default();
    for (bytes, kind) in [
        (png(640, 480, b""), PictureKind::Png),
        (gif(640, 480), PictureKind::Gif),
        (jpeg(640, 480), PictureKind::Jpeg),
        (webp(640, 480), PictureKind::Webp),
    ] {
        let expected = Picture {
            kind,
            width: 640,
            height: 480,
        };
        assert_eq!(inspect(&bytes, &limits).unwrap(), expected);
    }
}

#[test]
fn what_is_no_picture_is_refused_with_a_reason() {
    let limits = Limits::default();
    let cases: &[(&[u8], &str)] = &[
        (b"", "empty"),
        (b"hello", "unsupported"),
        (b"\0\0\0\0", "unsupported"),
        (b"%PDF-1.7", "unsupported"),
        (b"BM\x3a\0\0\0", "unsupported"),
        (b"\0\0\0\x18ftypheic", "unsupported"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "unsupported"),
        (b"GIF9<script>", "unsupported"),
        (
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
            "svg",
        ),
        (
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<SVG onload=\"x\">",
            "svg",
        ),
        // The right beginning, and then nothing.
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"GIF89a", "broken"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\0", "broken"),
        (b"\xff\xd8\xff\xd9", "broken"),
        (b"RIFF\x04\0\0\0WEBP", "broken"),
    ];
    for (bytes, code) in cases {
        let Err(Error::Invalid(faults)) = inspect(bytes, &limits) else {
            panic!("{bytes:?} was taken");
        };
        assert_eq!(
            (&*faults[0].field, &*faults[0].code),
            ("file", *code),
            "{bytes:?}"
        );
    }
    for size in [(0, 10), (10, 0), (65_535, 65_535), (u32::MAX, u32::MAX)] {
        let bytes = png(size.0, size.1, b"");
        assert!(inspect(&bytes, &limits).is_err(), "{size:?}");
    }
    // No prefix of a picture makes the reader panic.
    for whole in [png(9, 9, b"x"), gif(9, 9), jpeg(9, 9), webp(9, 9)] {
        for end in 0..whole.len() {
            let _ = inspect(&whole[..end], &limits);
        }
    }
}

#[test]
fn names_are_made_harmless() {
    for (claimed, name) in [
        ("spring.png", "spring.png"),
        ("C:\\Users\\ada\\spring.png", "spring.png"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        ("", "picture"),
        ("dir/", "picture"),
        ("\0\u{2028}", "picture"),
    ] {
        assert_eq!(name_of(claimed), name);
    }
    assert_eq!(name_of(&"ä".repeat(1000)).chars().count(), 200);
}

async fn account(db: &TestDb) -> AccountId {
    crate::tests::World::new(db).await.account
}

fn of(bytes: Vec<u8>, file_name: &str) -> Upload {
    Upload {
        bytes,
        file_name: file_name.to_owned(),
        ..Upload::default()
    }
}

#[testkit::db_test]
async fn the_same_bytes_are_one_file_of_an_account(db: TestDb) {
    let (ctx, actor, limits) = (db.ctx(), Actor::system(), Limits::default());
    let account = account(&db).await;
    let upload =
        |bytes, name| crate::files::upload(&ctx, account, &actor, &limits, of(bytes, name));
    let (first, is_new) = upload(png(10, 20, b"a"), "one.png").await.unwrap();
    assert!(is_new);
    let (again, is_new) = upload(png(10, 20, b"a"), "two.png").await.unwrap();
    assert!(!is_new);
    assert_eq!((again.id, &*again.name), (first.id, "one.png"));
    let (other, is_new) = upload(png(10, 20, b"b"), "Straße.png").await.unwrap();
    assert!(is_new && other.token != first.token);

    let limit = Limit::try_new(1).unwrap();
    let page = crate::files::list(&ctx, account, None, None, limit)
        .await
        .unwrap();
    assert_eq!(page.data[0].id, other.id);
    let next = kernel::Cursor::decode(&page.next_cursor.unwrap()).unwrap();
    let page = crate::files::list(&ctx, account, None, Some(next), limit)
        .await
        .unwrap();
    assert_eq!((page.data[0].id, page.next_cursor), (first.id, None));
    let found = crate::files::list(&ctx, account, Some("STRASSE"), None, limit)
        .await
        .unwrap();
    assert_eq!(found.data.len(), 1);
    // What looks like a pattern is text.
    let none = crate::files::list(&ctx, account, Some("%"), None, limit)
        .await
        .unwrap();
    assert!(none.data.is_empty());

    let (file, bytes) = crate::files::public(&ctx, &first.token, |_| false)
        .await
        .unwrap();
    assert_eq!((file.id, bytes), (first.id, Some(png(10, 20, b"a"))));
    let (_, bytes) = crate::files::public(&ctx, &first.token, |_| true)
        .await
        .unwrap();
    assert_eq!(bytes, None);
    for token in ["", "x", &"0".repeat(32), "' or '1'='1", &"é".repeat(16)] {
        assert!(
            crate::files::public(&ctx, token, |_| false).await.is_err(),
            "{token}"
        );
    }

    let patch = FilePatch {
        name: Some("Tea \"\r\n; x=.png".to_owned()),
        alt: None,
    };
    let refused = crate::files::update(&ctx, account, &actor, first.id, patch).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let patch = FilePatch {
        name: Some("Tee \"für\"; zwei.jpg".to_owned()),
        alt: Some("Tea".to_owned()),
    };
    let file = crate::files::update(&ctx, account, &actor, first.id, patch)
        .await
        .unwrap();
    assert_eq!(header_name(&file), "Tee _f_r__ zwei.png");

    crate::files::delete(&ctx, account, &actor, first.id, false)
        .await
        .unwrap();
    assert!(
        crate::files::public(&ctx, &first.token, |_| false)
            .await
            .is_err()
    );
    assert!(crate::files::get(&ctx, account, first.id).await.is_err());
}

#[testkit::db_test]
async fn what_a_camera_wrote_into_a_picture_is_not_kept(db: TestDb) {
    let (ctx, actor, limits) = (db.ctx(), Actor::system(), Limits::default());
    let account = account(&db).await;
    let upload =
        |bytes, name| crate::files::upload(&ctx, account, &actor, &limits, of(bytes, name));
    let plain = jpeg(640, 480);
    let exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let comment = b"\xff\xfe\x00\x0aVienna 7";
    let photo = [&plain[..20], exif, comment, &plain[20..], b"a film"].concat();
    let (file, is_new) = upload(photo, "photo.jpg").await.unwrap();
    assert!(is_new);
    // It is shown on its side.
    assert_eq!((file.width, file.height), (480, 640));
    let (_, bytes) = crate::files::public(&ctx, &file.token, |_| false)
        .await
        .unwrap();
    let clean = [&plain[..20], exif, &plain[20..]].concat();
    assert_eq!(bytes, Some(clean.clone()));
    assert_eq!(file.size_bytes, clean.len() as i64);
    let (again, is_new) = upload(clean, "again.jpg").await.unwrap();
    assert_eq!(
        (again.id, is_new),
        (file.id, false),
        "it is the same picture"
    );
    let broken = [&plain[..20], b"\xff\xe1\0\0", &plain[20..]].concat();
    let Err(Error::Invalid(faults)) = upload(broken, "broken.jpg").await else {
        panic!("it was taken");
    };
    assert_eq!((&*faults[0].field, &*faults[0].code), ("file", "broken"));
}

#[testkit::db_test]
async fn an_account_has_only_so_much_room(db: TestDb) {
    let (ctx, actor) = (db.ctx(), Actor::system());
    let account = account(&db).await;
    let limits = Limits {
        max_total_bytes: 200,
        ..Limits::default()
    };
    let upload = |more: [u8; 100]| {
        crate::files::upload(
            &ctx,
            account,
            &actor,
            &limits,
            of(png(1, 1, &more), "x.png"),
        )
    };
    let (first, _) = upload([0; 100]).await.unwrap();
    assert!(matches!(
        upload([1; 100]).await,
        Err(Error::Conflict { .. })
    ));
    // It is there already, so it needs no room.
    assert!(!upload([0; 100]).await.unwrap().1);
    crate::files::delete(&ctx, account, &actor, first.id, false)
        .await
        .unwrap();
    upload([1; 100]).await.unwrap();
}
