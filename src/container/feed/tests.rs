use std::sync::mpsc;
use std::thread;
use std::time::Duration;

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

/// Borders of the bytes in the tests of a relay: bytes divisible by 251.
fn last_border(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr(0, bytes)
}

/// Takes stretches in relays, each of which gives back `given_back` of them and leaves one, and looks at each byte.
fn relays(length: usize, sizes: (usize, usize), given_back: usize, fails: bool) -> (Feed, Vec<u8>) {
    let bytes: Vec<u8> = (0..length as u32).map(|n| (n % 251) as u8).collect();
    let end: Box<dyn Read + Send> = if fails { Box::new(Broken) } else { Box::new(io::empty()) };
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes.clone()).chain(end)), true);
    let mut all = Vec::new();
    while feed.ensure(1).is_ok() && !feed.visible().is_empty() {
        let before = all.len();
        feed.relay(given_back + 1, |relay| {
            for _ in 0..given_back {
                let Some(taken) = relay.next(sizes, last_border) else { return ((), Vec::new()) };
                let stretch = taken.stretch();
                assert_eq!(stretch.offset, all.len() as u64);
                assert_eq!(stretch.is_last, taken.end() == length as u64);
                all.extend_from_slice(stretch.bytes);
                assert!(stretch.is_last || all.len() % 251 == 0, "a stretch ends at a border");
                relay.enter_hash(&taken);
                if length < 10_000 && !fails {
                    let state = relay.state(taken.end());
                    let rest = Box::new(io::Cursor::new(bytes[all.len()..].to_vec()));
                    let (received, hash) = Feed::resume(rest, &state).unwrap().finish();
                    assert_eq!(received, length as u64);
                    assert_eq!(hash.unwrap(), Some(Sha256::digest(&bytes).into()));
                }
                relay.give_back(taken);
            }
            let left = relay.next(sizes, last_border);
            if let Some(taken) = &left {
                assert!(bytes[all.len()..].starts_with(taken.stretch().bytes));
            }
            ((), left.into_iter().collect())
        });
        assert_eq!(feed.offset(), all.len() as u64, "what was not given back is visible again");
        assert!(bytes[all.len()..].starts_with(feed.visible()));
        assert!(
            all.len() > before || feed.visible().len() >= sizes.1,
            "no border, however much is looked at"
        );
        if all.len() == before {
            let alone = feed.visible().len();
            all.extend_from_slice(feed.visible());
            feed.skip(alone);
        }
    }
    assert!(all == bytes);
    (feed, bytes)
}

#[test]
fn a_relay_hands_out_every_byte_once_and_hashes_it() {
    for length in [10, 600, 100_000, 1_234_567] {
        for sizes in [(1000, 1000), (300, 4000), (200_000, 400_000), (100, 200)] {
            for given_back in [1, 2, 7] {
                let (feed, bytes) = relays(length, sizes, given_back, false);
                assert!(feed.failure().is_none());
                let (received, hash) = feed.finish();
                assert_eq!(received, length as u64);
                assert_eq!(
                    hash.unwrap(),
                    Some(Sha256::digest(&bytes).into()),
                    "{length} {sizes:?} {given_back}"
                );
                let (feed, _) = relays(length, sizes, given_back, true);
                assert!(feed.failure().is_some() && feed.finish().1.is_err());
            }
        }
    }
}

/// Takes two stretches and has another thread take two more: it waits for the first one, then until it is stopped.
fn waits(bytes: Vec<u8>, sizes: (usize, usize), memory: usize, before: usize, third: u64) {
    let mut feed = Feed::new(Box::new(io::Cursor::new(bytes)), true);
    feed.relay(memory, |relay| {
        let mut taken: Vec<Taken> = (0..before).map(|_| relay.next(sizes, last_border).unwrap()).collect();
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let third = relay.next(sizes, last_border);
                sender.send(()).unwrap();
                (third, relay.next(sizes, last_border))
            });
            let soon = Duration::from_millis(50);
            assert!(receiver.recv_timeout(soon).is_err(), "no memory is left, and no more is read");
            let first = taken.remove(0);
            relay.enter_hash(&first);
            relay.give_back(first);
            receiver.recv().unwrap();
            thread::sleep(soon);
            assert!(!other.is_finished());
            relay.stop();
            let (next, fourth) = other.join().unwrap();
            assert!(fourth.is_none());
            taken.extend(next);
            assert_eq!(taken.last().unwrap().stretch().offset, third);
        });
        ((), taken)
    });
}

#[test]
fn a_relay_waits_for_memory_until_some_is_given_back_or_it_is_stopped() {
    waits(vec![0; 10_000], (100, 100), 2, 2, 198);
}

#[test]
fn one_stretch_at_a_time_is_longer_than_it_should_be() {
    let bytes = (0..10_000u32).map(|n| (n % 251) as u8).collect();
    waits(bytes, (100, 1000), 9, 1, 251);
}

#[test]
fn the_end_is_known() {
    let mut feed = Feed::new(Box::new(io::Cursor::new(vec![7; 10])), false);
    feed.ensure(100).unwrap();
    assert!(feed.is_last());
    assert_eq!(feed.visible().len(), 10);
    assert_eq!(feed.finish().1.unwrap(), None);
}
