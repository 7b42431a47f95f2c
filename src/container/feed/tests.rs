use super::ahead::FRONT;
use super::*;

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn every_byte_is_hashed_once_whatever_the_way_it_is_consumed() {
    let bytes: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes.clone())), true);
    feed.ensure(700_000).unwrap();
    let (visible, hashing) = feed.window();
    assert!(visible.len() >= 700_000);
    hashing.run();
    feed.skip(123_456);
    assert_eq!(feed.offset(), 123_456);
    let mut some = vec![0; 300_000];
    feed.read_exact(&mut some).unwrap();
    assert_eq!(some, bytes[123_456..423_456]);
    feed.ensure(1_000_000).unwrap();
    let (received, hash) = feed.finish();
    assert_eq!((received, hash.unwrap()), (2_000_000, Some(Sha256::digest(&bytes).into())));
}

#[test]
fn an_error_of_the_source_is_known_as_one() {
    let error = Feed::new(Box::new(Broken), false).ensure(1).unwrap_err();
    assert!(is_of_source(&error) && error.to_string() == "the disk is gone");
    assert!(is_of_source(&of_source(&io::ErrorKind::StorageFull.into())));
    assert!(!is_of_source(&io::ErrorKind::StorageFull.into()));
}

#[test]
fn what_came_before_an_error_is_handed_out_first() {
    let source = io::Cursor::new(vec![7; 300_000]).chain(Broken);
    let mut feed = Feed::new(Box::new(source), true);
    feed.ensure(1_000_000).unwrap();
    assert!(feed.is_last() && feed.failure().is_some());
    assert_eq!(feed.visible().len(), 300_000);
    feed.skip(300_000);
    assert!(feed.ensure(1).is_err() && feed.ensure(1).is_err(), "the error stays");
    let (received, hash) = feed.finish();
    assert!(received == 300_000 && hash.is_err());
}

#[test]
fn a_look_leaves_no_trace() {
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes.clone())), true);
    feed.hold();
    io::copy(&mut (&mut feed).take(1_500_000), &mut io::sink()).unwrap();
    feed.mark();
    feed.release();
    assert_eq!(feed.offset(), 0);
    let mut all = Vec::new();
    feed.read_to_end(&mut all).unwrap();
    assert!(all == bytes);
    assert_eq!(feed.finish().1.unwrap(), Some(Sha256::digest(&bytes).into()));
}

#[test]
fn another_process_goes_on_with_the_same_hash() {
    let bytes: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes.clone())), true);
    feed.ensure(700_000).unwrap();
    feed.skip(123_000);
    feed.mark();
    feed.skip(456);
    let state = feed.state();
    assert_eq!((state.from, state.offset), (123_000, 123_456));
    let state: FeedState = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    let resume = |end: usize| Feed::resume(Box::new(io::Cursor::new(bytes[123_000..end].to_vec())), &state);
    assert!(resume(123_400).is_none(), "the source is shorter than it was");
    let mut feed = resume(bytes.len()).unwrap();
    let mut some = vec![0; 50_000];
    for _ in 0..2 {
        feed.read_exact(&mut some).unwrap();
        assert!(some == bytes[123_456..173_456] && feed.offset() == 173_456);
        assert!(feed.go_back(123_000));
        feed.skip(456);
    }
    let (received, hash) = feed.finish();
    assert_eq!((received, hash.unwrap()), (2_000_000, Some(Sha256::digest(&bytes).into())));
}

/// Reads in windows, each of which leaves `left` bytes, with the next one read ahead.
fn ahead(length: usize, left: usize, fails: bool) -> (Vec<u8>, bool, Option<[u8; 32]>) {
    let bytes: Vec<u8> = (0..length as u32).map(|n| (n % 251) as u8).collect();
    let end: Box<dyn Read + Send> = if fails { Box::new(Broken) } else { Box::new(io::empty()) };
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes.clone()).chain(end)), true);
    let mut all = Vec::new();
    loop {
        let before = feed.offset();
        if feed.ensure(300_000).is_err() || feed.visible().is_empty() {
            break;
        }
        assert!(before == 0 || !feed.go_back(before - 1), "these bytes are gone");
        let is_last = feed.is_last();
        let (visible, hashing, following) = feed.parts();
        let count = if is_last { visible.len() } else { visible.len() - left };
        all.extend_from_slice(&visible[..count]);
        following.read(300_000);
        hashing.run();
        feed.skip(count);
        assert_eq!(feed.offset(), all.len() as u64);
    }
    assert!(all == bytes);
    let failed = feed.failure().is_some();
    let (received, hash) = feed.finish();
    assert_eq!(received, length as u64);
    (bytes, failed, hash.ok().flatten())
}

#[test]
fn what_is_read_ahead_follows() {
    for left in [0, 1, 1000, FRONT, FRONT + 1, 250_000] {
        for length in [10, 300_000, 600_000, 1_234_567] {
            let (bytes, failed, hash) = ahead(length, left, false);
            assert!(!failed && hash == Some(Sha256::digest(&bytes).into()), "{left} {length}");
            let (_, failed, hash) = ahead(length, left, true);
            assert!(failed && hash.is_none(), "{left} {length}");
        }
    }
}

#[test]
fn the_end_is_known() {
    let mut feed = Feed::new(Box::new(io::Cursor::new(vec![7; 10])), false);
    feed.ensure(100).unwrap();
    assert!(feed.is_last());
    assert_eq!(feed.visible().len(), 10);
    assert_eq!(feed.finish().1.unwrap(), None);
}
