//! The state of a decoder in the middle of a stream, for another process to go on.

use serde::{Deserialize, Serialize};

use super::header::{self, Header, HeaderState, WHOLE};
use super::{Deflate, HISTORY, Next};

/// All of a [`Deflate`] but the tables, which are made again from their description.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeflateState {
    bits: u64,
    count: u32,
    next: Next,
    is_last_block: bool,
    made: usize,
    header: HeaderState,
}

impl Deflate {
    /// Where it stands.
    pub fn state(&self) -> DeflateState {
        let Deflate { bits, count, next, is_last_block, made, .. } = *self;
        DeflateState { bits, count, next, is_last_block, made, header: self.header.state() }
    }

    /// A decoder that goes on. What was made before must stand in front of its output, as far as `made` says. `None` when the
    /// state is not one.
    pub fn resume(state: &DeflateState) -> Option<Deflate> {
        let DeflateState { bits, count, next, is_last_block, made, .. } = *state;
        let header = Header::resume(&state.header)?;
        let mut deflate = Deflate { bits, count, next, is_last_block, made, header, ..Deflate::default() };
        let (literals, distances) = (&mut deflate.literals, &mut deflate.distances);
        match next {
            Next::Symbols | Next::Match(..) if deflate.header.is_description() => {
                deflate.header.build(literals, distances, WHOLE).ok()?;
            }
            Next::Symbols | Next::Match(..) => header::fixed(literals, distances, WHOLE).ok()?,
            _ => {}
        }
        let reaches = !matches!(next, Next::Match(_, distance) if distance == 0 || distance > made);
        (count < u64::BITS && bits >> count == 0 && made <= HISTORY && reaches).then_some(deflate)
    }
}
