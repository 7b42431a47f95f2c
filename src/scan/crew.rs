//! The workers of one shard of members: each takes the next stretch when he is done with one, and what was found in the
//! stretches is taken in in the order of the shard.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rayon::prelude::*;

use super::pool::Pool;
use super::stretch::{Walked, walk};
use super::worker::{Task, Worker};
use super::workplace::Workplace;
use crate::container::feed::{Feed, Relay, Stretch, Taken};
use crate::container::gzip::{self, Inflater};
use crate::record::archive::Format;

/// Stored bytes of a stretch: some ten to a hundred records.
const STRETCH: usize = 256 * 1024;
/// Stretches in memory for each worker: the one he works on, and others that wait for an earlier one.
const IN_MEMORY: usize = 3;

/// What a worker works with.
pub type Tools = (Worker, Inflater);

/// What becomes of a stretch in which something was found.
pub enum Taking<T> {
    /// It was taken in; the next one may come.
    Done,
    /// It was taken in, and something else is to be done before the next one.
    Pause,
    /// It was not taken in to its end, for this reason.
    Stop(T),
}

/// Why a crew is done.
pub enum Over<T> {
    /// Something else is to be done.
    Paused,
    /// The shard is at its end, or at a member without an end in sight.
    Out,
    /// A stretch was not taken in to its end, and is visible again.
    Stopped(T),
}

/// Has the stretches of `feed` walked side by side and what was found in them taken in by `take_in`, one after the other.
/// What is found before byte `doubtful` of the file may be a part of what a damaged member holds.
pub fn work<T: Send>(
    feed: &mut Feed,
    (place, task): (&Workplace<'_>, &Task<'_>),
    doubtful: u64,
    (own, tools): (&mut Tools, &Pool<Tools>),
    take_in: impl FnMut(&Stretch<'_>, Walked, &Relay<'_>) -> Taking<T> + Send,
) -> Over<T> {
    let (workers, may_wait, next) = (place.workers(), feed.may_wait(), feed.offset());
    feed.relay(workers * IN_MEMORY, |relay| {
        let queue = Queue { next, take_in: Some(take_in), waiting: BTreeMap::new(), left: None, over: None };
        let crew = Crew { relay, queue: Mutex::new(queue) };
        let most = place.window.max(STRETCH);
        let read = |inflater: &mut Inflater| {
            relay.next((STRETCH, most), |bytes| last_border(bytes, task.format, inflater))
        };
        let examine = |taken: Taken, tools: &mut Tools| {
            let _unwinding = Unwinding(relay);
            let walked = walk(&taken.stretch(), place.depth, task, tools, doubtful);
            crew.enter(taken, walked);
            if place.workers() != workers {
                crew.pause();
            }
        };
        if may_wait {
            // Here, where waiting for a server keeps no worker from its work.
            let examine = &examine;
            place.pool.in_place_scope(|scope| {
                while let Some(taken) = read(&mut own.1) {
                    scope.spawn(move |_| examine(taken, tools.lend().tool()));
                }
            });
        } else {
            let take_turns = |_| {
                let mut lent = tools.lend();
                while let Some(taken) = read(&mut lent.tool().1) {
                    examine(taken, lent.tool());
                }
            };
            place.pool.install(|| (0..workers).into_par_iter().with_max_len(1).for_each(take_turns));
        }
        crew.end()
    })
}

/// The last place where a member seems to start.
pub fn last_border(bytes: &[u8], format: Format, inflater: &mut Inflater) -> Option<usize> {
    gzip::find_last_member(bytes, inflater, |first| format.opens(first))
}

/// Has the others come to an end where one panics: they would wait for his memory.
struct Unwinding<'c, 'f>(&'c Relay<'f>);

impl Drop for Unwinding<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

struct Crew<'c, 'f, F, T> {
    relay: &'c Relay<'f>,
    queue: Mutex<Queue<F, T>>,
}

struct Queue<F, T> {
    /// Offset in the file of the stretch whose turn it is.
    next: u64,
    /// Gone while somebody uses it.
    take_in: Option<F>,
    /// Stretches by their offsets, and what was found in them.
    waiting: BTreeMap<u64, (Taken, Walked)>,
    /// One that was not taken in to its end.
    left: Option<Taken>,
    over: Option<Over<T>>,
}

impl<T, F: FnMut(&Stretch<'_>, Walked, &Relay<'_>) -> Taking<T>> Crew<'_, '_, F, T> {
    fn queue(&self) -> MutexGuard<'_, Queue<F, T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters what was found in a stretch, and takes in what is in turn, if nobody else is about it.
    fn enter(&self, taken: Taken, walked: Walked) {
        let mut queue = self.queue();
        queue.waiting.insert(taken.stretch().offset, (taken, walked));
        while let Some((mut take_in, taken, walked)) = queue.in_turn() {
            drop(queue);
            self.relay.enter_hash(&taken);
            let over = match take_in(&taken.stretch(), walked, self.relay) {
                Taking::Done => None,
                Taking::Pause => Some(Over::Paused),
                Taking::Stop(reason) => Some(Over::Stopped(reason)),
            };
            let next = taken.end();
            let left = match over {
                Some(Over::Stopped(_)) => Some(taken),
                _ => {
                    self.relay.give_back(taken);
                    None
                }
            };
            queue = self.queue();
            queue.take_in = Some(take_in);
            queue.next = next;
            queue.left = left;
            if over.is_some() {
                queue.over = over;
                self.relay.stop();
            }
        }
    }

    /// Has everybody come to an end.
    fn pause(&self) {
        self.queue().over.get_or_insert(Over::Paused);
        self.relay.stop();
    }

    /// Why it ended, and the stretches that were not taken in.
    fn end(self) -> (Over<T>, Vec<Taken>) {
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        let waiting = queue.waiting.into_values().map(|(taken, _)| taken);
        (queue.over.unwrap_or(Over::Out), queue.left.into_iter().chain(waiting).collect())
    }
}

impl<F, T> Queue<F, T> {
    /// The stretch whose turn it is, if it is there and nobody is taking in another one.
    fn in_turn(&mut self) -> Option<(F, Taken, Walked)> {
        let first =
            self.waiting.first_entry().filter(|first| self.over.is_none() && *first.key() == self.next)?;
        let take_in = self.take_in.take()?;
        let (taken, walked) = first.remove();
        Some((take_in, taken, walked))
    }
}
