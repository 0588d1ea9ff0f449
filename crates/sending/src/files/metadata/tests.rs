use kernel::Error;

use super::super::PictureKind::{self, Gif, Jpeg, Png};
use super::exif::Orientation;
use super::take_off;

/// Stands wherever a file must not have anything left.
const SECRET: &[u8] = b"48.2082 N, 16.3738 E";

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// EXIF as a camera writes it: its name, the orientation, and a directory of the place.
fn exif(is_little: bool, tag: u16, kind: u16, value: u16) -> Vec<u8> {
    let short = |n: u16| {
        if is_little {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let long = |n: u32| {
        if is_little {
            n.to_le_bytes()
        } else {
            n.to_be_bytes()
        }
    };
    let mut tiff = if is_little { *b"II" } else { *b"MM" }.to_vec();
    tiff.extend(short(42));
    tiff.extend(long(8));
    tiff.extend(short(3));
    for (tag, kind, count, value) in [
        (0x010f, 2, SECRET.len() as u32, long(50)),
        (
            tag,
            kind,
            1,
            [short(value), [0; 2]].concat().try_into().unwrap(),
        ),
        (0x8825, 4, 1, long(50)),
    ] {
        tiff.extend(short(tag));
        tiff.extend(short(kind));
        tiff.extend(long(count));
        tiff.extend(value);
    }
    tiff.extend(long(0));
    tiff.extend(SECRET);
    tiff
}

fn segment(marker: u8, what: &[&[u8]]) -> Vec<u8> {
    let what = what.concat();
    let size = (what.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker][..], &size, &what].concat()
}

/// Tables, a frame of 640 by 480, and two scans with escaped bytes, a restart and fill bytes.
fn frame() -> Vec<u8> {
    [
        segment(0xdb, &[&[0; 65]]),
        segment(0xc2, &[&[8, 1, 0xe0, 2, 0x80, 1, 1, 0x11, 0]]),
        segment(0xc4, &[&[0; 17]]),
    ]
    .concat()
}

fn scan() -> Vec<u8> {
    let pixels: &[u8] = &[1, 0xff, 0, 0xd9, 0xff, 0xd3, 2, 0xff, 0xff];
    [&segment(0xda, &[&[1, 1, 0, 0, 63, 0]])[..], pixels].concat()
}

fn jfif(copy: &[u8]) -> Vec<u8> {
    let side = u8::from(!copy.is_empty());
    segment(
        0xe0,
        &[b"JFIF\0\x01\x02\0\0\x48\0\x48", &[side, side], copy],
    )
}

fn color() -> Vec<u8> {
    [
        segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", b"a profile"]),
        segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01"]),
    ]
    .concat()
}

/// Everything a camera and the programs after it may write.
fn photo(exif: &[u8]) -> Vec<u8> {
    [
        &[0xff, 0xd8][..],
        &jfif(&SECRET[..3]),
        &segment(0xe0, &[b"JFXX\0\x10", SECRET]),
        &segment(0xe1, &[b"Exif\0\0", exif]),
        &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET]),
        &segment(0xe2, &[b"MPF\0", SECRET]),
        &color(),
        &segment(0xed, &[b"Photoshop 3.0\0", SECRET]),
        &segment(0xe5, &[SECRET]),
        &segment(0xfe, &[SECRET]),
        b"between two segments ",
        SECRET,
        &frame(),
        &scan(),
        &segment(0xfe, &[SECRET]),
        &segment(0xe1, &[b"Exif\0\0", exif]),
        &scan(),
        &[0xff, 0xd9],
        b"a film",
        SECRET,
    ]
    .concat()
}

/// What is left of it.
fn bare(orientation: Option<u8>) -> Vec<u8> {
    let exif = orientation.map(|value| {
        let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
        segment(0xe1, &[b"Exif\0\0", tiff, &[value], &[0; 6]])
    });
    [
        &[0xff, 0xd8][..],
        &jfif(b""),
        &exif.unwrap_or_default(),
        &color(),
        &frame(),
        &scan(),
        &scan(),
        &[0xff, 0xd9],
    ]
    .concat()
}

fn cleaned(kind: PictureKind, bytes: &[u8]) -> Vec<u8> {
    let once = take_off(kind, bytes.to_vec()).unwrap();
    assert_eq!(
        take_off(kind, once.bytes.clone()).unwrap(),
        once,
        "what is clean stays as it is"
    );
    once.bytes
}

#[test]
fn of_a_photo_the_pixels_the_colors_and_the_way_up_stay() {
    for is_little in [true, false] {
        for value in 0..12 {
            let photo = photo(&exif(is_little, 0x0112, 3, value));
            let turned = (2..=8).contains(&value).then_some(value as u8);
            assert_eq!(cleaned(Jpeg, &photo), bare(turned), "{value}");
            let on_its_side = take_off(Jpeg, photo).unwrap().is_on_its_side;
            assert_eq!(on_its_side, (5..=8).contains(&value), "{value}");
        }
    }
    assert_eq!(cleaned(Jpeg, &bare(None)), bare(None));
}

#[test]
fn exif_that_lies_about_itself_turns_nothing() {
    let good = exif(false, 0x0112, 3, 6);
    assert!(Orientation::read(&good).is_some());
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        bad
    };
    for bad in [
        b"".to_vec(),
        b"MM\0*".to_vec(),
        b"XX\0*\0\0\0\x08".to_vec(),
        // A directory beyond the end, around the end, and in the head.
        with(4, &[0xff; 4]),
        with(4, &(good.len() as u32).to_be_bytes()),
        with(4, &(good.len() as u32 - 1).to_be_bytes()),
        with(4, &[0; 4]),
        // More entries than there is room for, and none.
        with(8, &[0xff, 0xff])[..20].to_vec(),
        with(8, &[0, 0]),
        exif(false, 0x0113, 3, 6),
        exif(false, 0x0112, 4, 6),
        exif(true, 0x0112, 2, 6),
    ] {
        assert_eq!(Orientation::read(&bad), None, "{bad:?}");
        assert_eq!(cleaned(Jpeg, &photo(&bad)), bare(None), "{bad:?}");
    }
    for end in 0..good.len() {
        let _ = Orientation::read(&good[..end]);
    }
}

#[test]
fn a_picture_that_ends_early_keeps_its_pixels_and_no_secret() {
    let photo = photo(&exif(true, 0x0112, 3, 8));
    let whole = bare(Some(8));
    for end in 2..photo.len() {
        let left = cleaned(Jpeg, &photo[..end]);
        assert!(!holds(&left, &SECRET[..8]), "{end}");
        // The last segment may be cut; what stands before it is as it was.
        assert!(whole.starts_with(&left[..left.len().min(20)]), "{end}");
    }
    let png = screenshot();
    for end in 33..png.len() {
        let left = cleaned(Png, &png[..end]);
        assert!(!holds(&left, &SECRET[..8]), "{end}");
    }
}

#[test]
fn segments_that_cannot_be_followed_are_refused() {
    let behind =
        |bytes: &[u8]| [&[0xff, 0xd8][..], bytes, &frame(), &scan(), &[0xff, 0xd9]].concat();
    for bytes in [
        // Shorter than their own length.
        &[0xff, 0xe1, 0, 0][..],
        &[0xff, 0xfe, 0, 1],
        // Reserved, and a picture in a picture.
        &[0xff, 0x02, 0, 4, 0, 0],
        &[0xff, 0xbf, 0, 4, 0, 0],
        &[0xff, 0xd8],
    ] {
        let Err(Error::Invalid(faults)) = take_off(Jpeg, behind(bytes)) else {
            panic!("{bytes:?} was taken");
        };
        assert_eq!((&*faults[0].field, &*faults[0].code), ("file", "broken"));
    }
    // These every program passes over.
    for bytes in [
        &[0xff; 9][..],
        &[0xff, 0xd0, 0xff, 0x01],
        b"\0\0\0",
        b"\xff\0x",
    ] {
        assert_eq!(cleaned(Jpeg, &behind(bytes)), behind(b""), "{bytes:?}");
    }
    // One that claims more than there is, and very many.
    let long = [&[0xff, 0xd8, 0xff, 0xfe, 0xff, 0xff][..], SECRET].concat();
    assert_eq!(cleaned(Jpeg, &long), [0xff, 0xd8]);
    let many = behind(&segment(0xfe, &[b"x"]).repeat(100_000));
    assert_eq!(cleaned(Jpeg, &many), behind(b""));
}

#[test]
fn whatever_a_byte_becomes_the_reader_comes_to_an_end() {
    let photo = photo(&exif(false, 0x0112, 3, 5));
    let png = screenshot();
    for (kind, file) in [(Jpeg, photo), (Png, png)] {
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0xd8, 0xd9, 0xda, 0xe1, 0xff] {
                let mut bytes = file.clone();
                bytes[at] = value;
                if let Ok(once) = take_off(kind, bytes) {
                    assert!(once.bytes.len() <= file.len() + 64);
                    assert_eq!(take_off(kind, once.bytes.clone()).unwrap(), once);
                }
            }
        }
    }
}

fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], kind, data, b"\x12\x34\x56\x78"].concat()
}

fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

fn size() -> Vec<u8> {
    chunk(b"IHDR", &[0, 0, 2, 0x80, 0, 0, 1, 0xe0, 8, 6, 0, 0, 0])
}

fn screenshot() -> Vec<u8> {
    let end = [&chunk(b"IEND", b"")[..], b"an archive", SECRET].concat();
    png_of(&[
        size(),
        chunk(b"iCCP", b"a profile"),
        chunk(b"tEXt", SECRET),
        chunk(b"zTXt", SECRET),
        chunk(
            b"iTXt",
            &[&b"XML:com.adobe.xmp\0\0\0\0\0"[..], SECRET].concat(),
        ),
        chunk(b"eXIf", &exif(false, 0x0112, 3, 6)),
        chunk(b"tIME", SECRET),
        chunk(b"caBX", SECRET),
        chunk(b"PLTE", &[1, 2, 3]),
        chunk(b"tRNS", &[1]),
        chunk(b"IDAT", b"pixels"),
        chunk(b"IDAT", b"more"),
        chunk(b"tEXt", SECRET),
        end,
    ])
}

#[test]
fn of_a_png_the_chunks_that_show_it_stay() {
    let of = |exif: Vec<u8>| {
        png_of(&[
            size(),
            exif,
            chunk(b"iCCP", b"a profile"),
            chunk(b"PLTE", &[1, 2, 3]),
            chunk(b"tRNS", &[1]),
            chunk(b"IDAT", b"pixels"),
            chunk(b"IDAT", b"more"),
            chunk(b"IEND", b""),
        ])
    };
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut turned = chunk(b"eXIf", tiff);
    let at = turned.len() - 4;
    // As zlib computes it.
    turned[at..].copy_from_slice(&0xd667_4b69_u32.to_be_bytes());
    assert_eq!(cleaned(Png, &screenshot()), of(turned));
    assert!(take_off(Png, screenshot()).unwrap().is_on_its_side);
    let upright = exif(false, 0x0112, 3, 1);
    let upright = png_of(&[size(), chunk(b"eXIf", &upright), chunk(b"IEND", b"")]);
    assert_eq!(
        cleaned(Png, &upright),
        png_of(&[size(), chunk(b"IEND", b"")])
    );
    // Kept, since they move the picture.
    let moving = png_of(&[
        size(),
        chunk(b"acTL", b"x"),
        chunk(b"fcTL", b"x"),
        chunk(b"fdAT", b"x"),
    ]);
    assert_eq!(cleaned(Png, &moving), moving);
    for bad in [
        png_of(&[chunk(b"tEXt", SECRET), size()]),
        png_of(&[size(), size()]),
        png_of(&[chunk(b"IDAT", b"x")]),
    ] {
        assert!(take_off(Png, bad).is_err());
    }
}

#[test]
fn what_is_no_photo_is_left_alone() {
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    assert_eq!(take_off(Gif, gif.clone()).unwrap().bytes, gif);
}
