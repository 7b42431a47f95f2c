//! Archives that are one decoded stream: plain files and zstd frames.

use std::io;

use super::batch::Batch;
use super::collector::Collector;
use super::worker::{Frame, Task, Worker};
use super::workplace::Workplace;
use crate::container::stream::Stream;
use crate::record::archive::Archive;

/// Records that are gathered before they are written down.
const GATHERED: u64 = 1000;

/// Reads all records of `stream` and gives it back.
///
/// # Errors
/// When results cannot be written. An error of the source is a gap of the shard.
pub fn scan(
    stream: Stream,
    place: &Workplace<'_>,
    task: &Task<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    let mut worker = Worker::default();
    let mut archive = Archive::new(stream, task.format, 0);
    let mut received = 0;
    while !place.is_interrupted() {
        let mut batch = Batch::new(task.census);
        let result = worker.walk(&mut archive, GATHERED, Frame::Stream, task, &mut batch);
        collector.add(batch, 0)?;
        let now = archive.input().received();
        place.progress.read(now - received);
        received = now;
        match result {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                let (checked, decoded) = (archive.input().checked(), archive.position());
                collector.unverified(checked, decoded);
                match archive.input().take_gap() {
                    Some(gap) => collector.gap(&gap),
                    // Cannot be: each error of a stream comes with its gap.
                    None => break,
                }
            }
        }
    }
    Ok(archive.into_input())
}
