//! The state of a stream somewhere in a shard, for another process to go on.

use serde::{Deserialize, Serialize};

use super::{Coding, Stream};
use crate::container::Container;
use crate::container::feed::{Feed, FeedState};
use crate::container::gzip::{Inflater, InflaterState};

/// All of a [`Stream`] but its source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamState {
    /// How far the stored bytes have come.
    pub feed: FeedState,
    /// How they are wrapped, and the decoder where it stands inside a member.
    coding: CodingState,
    unit: Option<u64>,
    decoded: u64,
    checked: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum CodingState {
    Plain,
    /// Nothing between two members.
    Gzip(Option<Box<InflaterState>>),
    Zstd,
}

impl Stream {
    /// Offset in the file of the next stored byte.
    pub fn offset(&self) -> u64 {
        self.feed.offset()
    }

    /// False where nobody can go on: at a gap, at the end, and inside a zstd frame, since the library that decodes those keeps
    /// its state to itself.
    pub fn can_be_left(&self) -> bool {
        let is_inside = match &self.decoder {
            Coding::Zstd { start, filled, .. } => self.unit.is_some() || start < filled,
            _ => false,
        };
        !self.over && self.gap.is_none() && !is_inside
    }

    /// Where it stands. `None` where it cannot be left.
    pub fn state(&mut self) -> Option<StreamState> {
        if !self.can_be_left() {
            return None;
        }
        let coding = match &self.decoder {
            Coding::Plain => CodingState::Plain,
            Coding::Gzip(inflater) => {
                let is_between = self.unit.is_none() && inflater.buffered().is_empty();
                CodingState::Gzip((!is_between).then(|| Box::new(inflater.state())))
            }
            Coding::Zstd { .. } => CodingState::Zstd,
        };
        let Stream { unit, decoded, checked, .. } = *self;
        Some(StreamState { feed: self.feed.state(), coding, unit, decoded, checked })
    }

    /// A stream that goes on over `feed`, which stands where the state says. `None` when the state is not one.
    pub fn resume(feed: Feed, state: &StreamState) -> Option<Stream> {
        let (container, inflater) = match &state.coding {
            CodingState::Plain => (Container::Plain, None),
            CodingState::Gzip(state) => (Container::Gzip, state.as_ref()),
            CodingState::Zstd => (Container::Zstd, None),
        };
        let StreamState { unit, decoded, checked, .. } = *state;
        let mut stream = Stream { unit, decoded, checked, ..Stream::new(feed, container).ok()? };
        if let (Coding::Gzip(inflater), Some(state)) = (&mut stream.decoder, inflater) {
            **inflater = Inflater::resume(state)?;
        }
        Some(stream)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, Cursor, Write};

    use super::*;
    use crate::container::stream::Gap;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        zstd::encode_all(content, 3).unwrap()
    }

    fn words(seed: u32, count: u32) -> Vec<u8> {
        (0..count)
            .flat_map(|n| format!("{} ", (n ^ seed).wrapping_mul(2_654_435_761) >> 20).into_bytes())
            .collect()
    }

    /// All decoded bytes, gaps, the checked length, the hash, and how often another process went on.
    type Read = (Vec<u8>, Vec<Gap>, u64, Option<[u8; 32]>, usize);

    /// Reads a shard; with `every`, another process goes on behind so many steps.
    fn read(bytes: &[u8], container: Container, every: usize) -> Read {
        let source = |from: u64| Box::new(Cursor::new(bytes[from as usize..].to_vec()));
        let mut stream = Stream::new(Feed::new(source(0), true), container).unwrap();
        let (mut out, mut gaps, mut went_on) = (Vec::new(), Vec::new(), 0);
        for step in 1.. {
            match stream.fill_buf() {
                Ok([]) => break,
                Ok(some) => {
                    // A part may stay in the buffer.
                    let count = (some.len() * 2 / 3).max(1);
                    out.extend_from_slice(&some[..count]);
                    stream.consume(count);
                }
                Err(_) => gaps.push(stream.take_gap().unwrap()),
            }
            if step % every == 0
                && let Some(state) = stream.state()
            {
                let state: StreamState =
                    serde_json::from_slice(&serde_json::to_vec(&state).unwrap()).unwrap();
                let feed = Feed::resume(source(state.feed.from), &state.feed).unwrap();
                stream = Stream::resume(feed, &state).unwrap();
                went_on += 1;
            }
        }
        let checked = stream.checked();
        (out, gaps, checked, stream.into_feed().finish().1.unwrap(), went_on)
    }

    #[test]
    fn another_process_reads_what_one_would_have_read() {
        let parts = [words(1, 100_000), words(2, 10), words(3, 300_000)];
        let all: Vec<u8> = parts.concat();
        let gzips: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
        let zstds: Vec<u8> = (0..200).flat_map(|n| zstd(&words(n, 5_000))).collect();
        let mut damaged = gzips.clone();
        let middle = gzip(&parts[0]).len() / 2;
        damaged[middle..middle + 64].fill(0x55);
        let cases = [
            ("plain", all.clone(), Container::Plain),
            ("gzip", gzips.clone(), Container::Gzip),
            ("gzip, damaged", damaged, Container::Gzip),
            ("gzip, cut", gzips[..gzips.len() - 1000].to_vec(), Container::Gzip),
            ("zstd", zstds, Container::Zstd),
        ];
        for (what, bytes, container) in cases {
            let expected = read(&bytes, container, usize::MAX);
            assert_eq!(expected.1.len(), usize::from(what.contains(',')), "{what}");
            for every in [1, 7] {
                let found = read(&bytes, container, every);
                assert!(found.4 > 0 || container == Container::Zstd, "{what}: nobody went on");
                assert_eq!(
                    (&found.1, found.2, found.3),
                    (&expected.1, expected.2, expected.3),
                    "{what}, {every}"
                );
                assert!(
                    found.0 == expected.0,
                    "{what}, {every}: {} bytes, not {}",
                    found.0.len(),
                    expected.0.len()
                );
            }
        }
    }

    #[test]
    fn inside_a_zstd_frame_nobody_can_go_on() {
        let bytes = zstd(&words(5, 100_000));
        let mut stream =
            Stream::new(Feed::new(Box::new(Cursor::new(bytes)), false), Container::Zstd).unwrap();
        assert!(stream.state().is_some());
        let length = stream.fill_buf().unwrap().len();
        stream.consume(length);
        assert!(stream.state().is_none());
    }
}
