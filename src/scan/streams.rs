//! Archives that are one decoded stream: plain files and zstd frames.

use std::io;

use super::batch::Batch;
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::worker::{Frame, Task, Worker};
use super::workplace::Workplace;
use crate::container::stream::Stream;
use crate::record::archive::Archive;

/// Records that are gathered before they are written down.
const GATHERED: u64 = 100;

/// Reads all records of `stream` and gives it back. `standing` is its offset in the decoded bytes, and the one before which
/// records are doubtful.
///
/// # Errors
/// When results cannot be written. An error of the source is a gap of the shard.
pub fn scan(
    (stream, standing): (Stream, (u64, u64)),
    place: &Workplace<'_>,
    task: &Task<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    let mut worker = Worker::default();
    let mut archive = Archive::go_on(stream, task.format, standing.0, standing.1);
    let mut received = 0;
    while !place.is_interrupted() {
        let mut batch = Batch::new(task.census);
        let result = worker.walk(&mut archive, GATHERED, Frame::Stream, task, &mut batch);
        collector.add(batch, 0)?;
        let now = archive.input().received();
        place.progress.read(now - received);
        received = now;
        match result {
            Ok(true) => checkpoint(&mut archive, collector)?,
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

/// Writes a checkpoint, where one is due and can be written.
fn checkpoint(archive: &mut Archive<Stream>, collector: &mut Collector<'_>) -> io::Result<()> {
    if !collector.is_checkpoint_due(archive.input().offset()) || !archive.is_between_records() {
        return Ok(());
    }
    let standing = Standing::Record(archive.position(), archive.doubtful_until());
    match archive.input().state() {
        Some(state) => collector.checkpoint(Bytes::Decoded(Box::new(state)), standing),
        None => Ok(()),
    }
}
