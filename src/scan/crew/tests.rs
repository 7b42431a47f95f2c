use std::io::{Cursor, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::ThreadPoolBuilder;

use super::*;
use crate::evidence::receipt::Depth;
use crate::scan::judge::Judge;
use crate::scan::progress::Progress;
use crate::scan::workplace::Planned;
use crate::source::remote::{Limits, Network};

const MEMBERS: u64 = 120;

/// Members of some 40 KiB, which cannot be compressed.
fn shard() -> Vec<u8> {
    let mut random = 1u32;
    let mut shard = Vec::new();
    for number in 0..MEMBERS {
        let block: Vec<u8> = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as u8
        })
        .take(40 * 1024)
        .collect();
        let mut member = GzEncoder::new(Vec::new(), Compression::fast());
        write!(
            member,
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://{number}.example/\r\nContent-Length: {}\r\n\r\n",
            block.len()
        )
        .unwrap();
        member.write_all(&block).unwrap();
        member.write_all(b"\r\n\r\n").unwrap();
        shard.extend(member.finish().unwrap());
    }
    shard
}

/// Has a crew of three work on the shard, whose bytes come from a disk or from a server.
fn crew<T: Send>(
    feed: &mut Feed,
    take_in: impl FnMut(&Stretch<'_>, Walked, &Relay<'_>) -> Taking<T> + Send,
) -> Over<T> {
    let interrupt = Arc::new(AtomicBool::new(false));
    let place = Workplace {
        planned: &Planned::new(&[]),
        pool: &ThreadPoolBuilder::new().num_threads(3).build().unwrap(),
        reading: &AtomicUsize::new(1),
        window: 1024 * 1024,
        depth: Depth::Content,
        network: &Network::new(Limits::default(), Arc::clone(&interrupt)),
        progress: &Progress::default(),
        interrupt: &interrupt,
    };
    let judge = Judge::new(None, false);
    let task = Task { judge, census: false, keep: false, articles: None, release: "", format: Format::Warc };
    work(feed, (&place, &task), 0, (&mut Tools::default(), &Pool::default()), take_in)
}

fn feeds(shard: &[u8]) -> [Feed; 2] {
    let feed = |may_wait| Feed::new(Box::new(Cursor::new(shard.to_vec())), false).that_may_wait(may_wait);
    [feed(false), feed(true)]
}

#[test]
fn stretches_are_taken_in_in_their_order_and_none_is_left_out() {
    let shard = shard();
    for mut feed in feeds(&shard) {
        let (mut next, mut members) = (0, 0);
        let over = crew(&mut feed, |stretch, walked, _| {
            assert_eq!(stretch.offset, next);
            next += stretch.bytes.len() as u64;
            members += walked.batch.tally.members;
            Taking::<()>::Done
        });
        assert!(matches!(over, Over::Out) && feed.visible().is_empty());
        assert_eq!((next, members), (shard.len() as u64, MEMBERS));
    }
}

#[test]
fn what_was_not_taken_in_is_visible_again() {
    let shard = shard();
    for stops in [false, true] {
        for mut feed in feeds(&shard) {
            let mut ends = Vec::new();
            let over = crew(&mut feed, |stretch, _, _| {
                ends.push(stretch.offset + stretch.bytes.len() as u64);
                match (ends.len(), stops) {
                    (3, false) => Taking::Pause,
                    (3, true) => Taking::Stop("reason"),
                    _ => Taking::Done,
                }
            });
            assert!(matches!((over, stops), (Over::Paused, false) | (Over::Stopped("reason"), true)));
            assert_eq!(ends.len(), 3, "none behind it is taken in");
            let offset = if stops { ends[1] } else { ends[2] };
            assert_eq!(feed.offset(), offset);
            assert!(shard[offset as usize..].starts_with(feed.visible()));
        }
    }
}

#[test]
fn nobody_waits_for_one_who_panicked() {
    for mut feed in feeds(&shard()) {
        let panics = || crew(&mut feed, |_, _, _| -> Taking<()> { panic!("a fault of the program") });
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    }
}
