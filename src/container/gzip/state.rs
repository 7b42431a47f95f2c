//! The state of an inflater in the middle of a member, for another process to go on.

use serde::{Deserialize, Serialize};

use super::{Inflater, TRAILER};
use crate::container::base64;
use crate::container::deflate::{Deflate, DeflateState, HISTORY};

/// All of an [`Inflater`], with the decoded bytes that the rest of the member may repeat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InflaterState {
    deflate: DeflateState,
    /// CRC-32 of what was decoded of the member.
    crc: u32,
    amount: u64,
    /// The last decoded bytes.
    #[serde(with = "base64")]
    history: Vec<u8>,
    /// How many of them were not consumed yet.
    pending: usize,
    compressed: u64,
    trailer: Option<([u8; TRAILER], usize)>,
    ended: bool,
}

impl Inflater {
    /// Where it stands.
    pub fn state(&self) -> InflaterState {
        let mut crc = self.crc.clone();
        crc.update(&self.out[self.checked..self.filled]);
        let from = self.filled.saturating_sub(HISTORY).min(self.start);
        InflaterState {
            deflate: self.deflate.state(),
            crc: crc.finalize(),
            amount: self.amount,
            history: self.out[from..self.filled].to_vec(),
            pending: self.filled - self.start,
            compressed: self.compressed,
            trailer: self.trailer,
            ended: self.ended,
        }
    }

    /// An inflater that goes on with the member. `None` when the state is not one.
    pub fn resume(state: &InflaterState) -> Option<Inflater> {
        let InflaterState { crc, amount, pending, compressed, trailer, ended, .. } = *state;
        let history = state.history.as_slice();
        let deflate = Deflate::resume(&state.deflate)?;
        let mut inflater = Inflater {
            deflate,
            crc: crc32fast::Hasher::new_with_initial_len(crc, amount),
            checked: history.len(),
            amount,
            start: history.len().checked_sub(pending)?,
            filled: history.len(),
            compressed,
            trailer: trailer.filter(|(_, count)| *count <= TRAILER),
            ended,
            ..Inflater::default()
        };
        inflater.out.get_mut(..history.len())?.copy_from_slice(history);
        (history.len() as u64 >= amount.min(HISTORY as u64)).then_some(inflater)
    }
}
