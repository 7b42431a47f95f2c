//! The decoded bytes of a shard as one stream, for files whose records do not fill members of their own.
//!
//! C4 and OSCAR files are one gzip member or a few zstd frames over all lines; a plain file is its own stream. The
//! stream survives damage: the error is returned once, [`Stream::take_gap`] says what was lost, and reading goes
//! on behind the next place where a member or frame starts. Checksums are at the end of each member or frame, so
//! what was read before is *checked* only up to [`Stream::checked`].

mod borders;
mod frames;
mod state;

use std::io::{self, BufRead, Read};

use super::Container;
use super::feed::Feed;
use super::gzip::{self, Inflater};

use frames::{End, Frames};
pub use state::StreamState;

/// Bytes searched at a time for the next member behind damage.
const SEARCH: usize = 1024 * 1024;
/// Bytes kept from one search to the next, so that a member at the border is seen with enough of its content.
const OVERLAP: usize = 1024;

/// Stored bytes that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Offset in the file where the damaged member or frame starts.
    pub from: u64,
    /// Offset in the file where reading went on, or the end of the file.
    pub to: u64,
    /// What is wrong.
    pub what: String,
}

/// The decoded bytes of a shard.
pub struct Stream {
    feed: Feed,
    decoder: Coding,
    /// Offset in the file of the current member or frame; `None` between two.
    unit: Option<u64>,
    decoded: u64,
    checked: u64,
    gap: Option<Gap>,
    over: bool,
}

enum Coding {
    Plain,
    Gzip(Box<Inflater>),
    Zstd { decoder: Frames, out: Vec<u8>, start: usize, filled: usize },
}

impl Stream {
    /// A stream over the stored bytes in `feed`.
    ///
    /// # Errors
    /// When a zstd decoder cannot be made (memory).
    pub fn new(feed: Feed, container: Container) -> io::Result<Stream> {
        let decoder = match container {
            Container::Plain => Coding::Plain,
            Container::Gzip => Coding::Gzip(Box::default()),
            Container::Zstd => Coding::Zstd { decoder: Frames::new()?, out: Vec::new(), start: 0, filled: 0 },
        };
        Ok(Stream { feed, decoder, unit: None, decoded: 0, checked: 0, gap: None, over: false })
    }

    /// Decoded bytes consumed so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Decoded bytes, from the start, whose checksum was seen and agreed. A plain file has no checksum to fail.
    pub fn checked(&self) -> u64 {
        match self.decoder {
            Coding::Plain => self.decoded,
            _ => self.checked,
        }
    }

    /// Stored bytes received from the source so far.
    pub fn received(&self) -> u64 {
        self.feed.received()
    }

    /// What was lost at the last error, once.
    pub fn take_gap(&mut self) -> Option<Gap> {
        self.gap.take()
    }

    /// The stored bytes, for what is left of them.
    pub fn into_feed(self) -> Feed {
        self.feed
    }

    /// Appends some decoded bytes to `into`: at least one, and many where it has room for them. Returns how many; 0 at the
    /// end. Zstd frames are decoded into it without another copy.
    ///
    /// # Errors
    /// As [`BufRead::fill_buf`] of this stream.
    pub fn append(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        if !matches!(self.decoder, Coding::Zstd { .. }) || !self.buffered().is_empty() {
            let bytes = self.fill_buf()?;
            let count = bytes.len();
            into.extend_from_slice(bytes);
            self.consume(count);
            return Ok(count);
        }
        match self.append_frames(into) {
            Ok(count) => Ok(count),
            Err(error) => Err(self.recover(error)),
        }
    }

    fn append_frames(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        while !self.over {
            if self.unit.is_none() && !self.open()? {
                self.over = true;
                break;
            }
            let Coding::Zstd { decoder, .. } = &mut self.decoder else { break };
            let before = into.len();
            let at_end = decoder.step(&mut self.feed, into)?;
            let made = into.len() - before;
            self.decoded += made as u64;
            if at_end {
                self.unit = None;
                self.checked = self.decoded;
            }
            if made > 0 {
                return Ok(made);
            }
        }
        Ok(0)
    }

    fn fill(&mut self) -> io::Result<()> {
        while !self.over && self.buffered().is_empty() {
            if self.unit.is_none() && !self.open()? {
                self.over = true;
                break;
            }
            if self.step()? {
                self.unit = None;
                self.checked = self.decoded + self.buffered().len() as u64;
            }
        }
        Ok(())
    }

    fn buffered(&self) -> &[u8] {
        match &self.decoder {
            Coding::Plain => self.feed.visible(),
            Coding::Gzip(inflater) => inflater.buffered(),
            Coding::Zstd { out, start, filled, .. } => &out[*start..*filled],
        }
    }

    /// Starts the next member or frame. False at the end of the file.
    fn open(&mut self) -> io::Result<bool> {
        if self.feed.fill_buf()?.is_empty() {
            return Ok(false);
        }
        self.unit = Some(self.feed.offset());
        self.feed.mark();
        match &mut self.decoder {
            Coding::Plain => {}
            Coding::Gzip(inflater) => inflater.open(&mut self.feed)?,
            Coding::Zstd { decoder, .. } => decoder.open()?,
        }
        Ok(true)
    }

    /// Decodes some bytes. True when the member or frame has ended and its checksum agreed.
    fn step(&mut self) -> io::Result<bool> {
        match &mut self.decoder {
            Coding::Plain => Ok(self.feed.fill_buf()?.is_empty()),
            Coding::Gzip(inflater) => Ok(inflater.fill(&mut self.feed)?.is_empty()),
            Coding::Zstd { decoder, out, start, filled } => {
                out.clear();
                let at_end = decoder.step(&mut self.feed, out);
                (*start, *filled) = (0, out.len());
                at_end
            }
        }
    }

    /// After an error: notes what is lost and finds the next member or frame.
    fn recover(&mut self, error: io::Error) -> io::Error {
        let from = self.unit.take().unwrap_or(self.feed.offset());
        let readable = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
        let end = if readable { self.leave(from) } else { End::Unknown };
        let found = match end {
            End::Here => true,
            _ => {
                // What is broken may have run into what is intact, so the search begins behind the first byte of the
                // broken member or frame; and it must not find that one again.
                if self.feed.go_back(from) || self.feed.offset() == from {
                    self.feed.skip(1);
                }
                readable && !matches!(self.decoder, Coding::Plain) && self.seek_next(end)
            }
        };
        self.over = !found;
        let to = if found || readable { self.feed.offset() } else { self.feed.received() };
        self.gap = Some(Gap { from, to, what: error.to_string() });
        error
    }

    /// Leaves a damaged zstd frame by its heads, where they can still be read: what it holds may be zstd too, and is not
    /// of the shard.
    fn leave(&mut self, from: u64) -> End {
        let Coding::Zstd { decoder, start, filled, .. } = &mut self.decoder else { return End::Unknown };
        (*start, *filled) = (0, 0);
        let failed = self.feed.offset();
        match self.feed.go_back(from) {
            true => self.feed.skip(usize::try_from(failed - from).unwrap_or(usize::MAX)),
            false => self.feed.mark(),
        }
        let end = decoder.leave(&mut self.feed);
        if end != End::Here {
            self.feed.go_back(failed);
        }
        end
    }

    /// Finds the next member, or the next frame behind one that ends there.
    fn seek_next(&mut self, end: End) -> bool {
        let wanted = match &self.decoder {
            Coding::Zstd { .. } => SEARCH + borders::PROOF,
            _ => SEARCH,
        };
        loop {
            if self.feed.ensure(wanted).is_err() {
                return false;
            }
            let (visible, is_last) = (self.feed.visible(), self.feed.is_last());
            let mut searched = visible.len().saturating_sub(OVERLAP);
            let found = match &mut self.decoder {
                Coding::Gzip(inflater) => {
                    let found = gzip::find_member(visible, 0, inflater, |_| true);
                    inflater.abandon();
                    found
                }
                _ => {
                    if !is_last {
                        searched = visible.len().saturating_sub(borders::PROOF);
                    }
                    let end_of_search = if is_last { visible.len() } else { searched };
                    borders::find(visible, end_of_search, is_last && end != End::Cut)
                }
            };
            match found {
                Some(at) => {
                    self.feed.skip(at);
                    return true;
                }
                None if is_last => {
                    self.feed.skip(usize::MAX);
                    return false;
                }
                None => self.feed.skip(searched),
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        super::read_buffered(self, into)
    }
}

impl BufRead for Stream {
    /// An error is returned once for each gap; the call after it goes on behind the gap.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Err(error) = self.fill() {
            return Err(self.recover(error));
        }
        Ok(if self.over { &[] } else { self.buffered() })
    }

    fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.buffered().len());
        self.decoded += bytes as u64;
        match &mut self.decoder {
            Coding::Plain => self.feed.skip(bytes),
            Coding::Gzip(inflater) => inflater.consume(bytes),
            Coding::Zstd { start, .. } => *start += bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write};

    fn gzip_member(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd_frame(content: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(bytes: Vec<u8>, container: Container) -> (Vec<u8>, Vec<Gap>, u64) {
        let mut stream = Stream::new(Feed::new(Box::new(Cursor::new(bytes)), false), container).unwrap();
        let (mut out, mut gaps) = (Vec::new(), Vec::new());
        loop {
            match stream.fill_buf() {
                Ok([]) => return (out, gaps, stream.checked()),
                Ok(some) => {
                    let count = some.len();
                    out.extend_from_slice(some);
                    stream.consume(count);
                }
                Err(_) => gaps.push(stream.take_gap().unwrap()),
            }
        }
    }

    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            b'a' + (state >> 60) as u8
        })
        .take(length)
        .collect()
    }

    #[test]
    fn members_and_frames_are_joined() {
        let parts = [noise(1, 300_000), noise(2, 5), noise(3, 70_000)];
        let whole = parts.concat();
        for (encode, container) in
            [(gzip_member as fn(&[u8]) -> Vec<u8>, Container::Gzip), (zstd_frame, Container::Zstd)]
        {
            let bytes: Vec<u8> = parts.iter().flat_map(|part| encode(part)).collect();
            assert!(
                read_all(bytes, container) == (whole.clone(), vec![], whole.len() as u64),
                "{container:?}"
            );
        }
        assert!(read_all(whole.clone(), Container::Plain) == (whole.clone(), vec![], whole.len() as u64));
    }

    #[test]
    fn damage_costs_one_member_and_is_told() {
        let parts = [noise(1, 3_000), noise(2, 400_000), noise(3, 50_000)];
        for (encode, container) in
            [(gzip_member as fn(&[u8]) -> Vec<u8>, Container::Gzip), (zstd_frame, Container::Zstd)]
        {
            let stored: Vec<Vec<u8>> = parts.iter().map(|part| encode(part)).collect();
            let mut bytes = stored.concat();
            let middle = stored[0].len() + stored[1].len() / 2;
            bytes[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0xff);
            let (out, gaps, _) = read_all(bytes.clone(), container);
            assert!(out.starts_with(&parts[0]) && out.ends_with(&parts[2]), "{container:?}");
            let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
            let third = (stored[0].len() + stored[1].len()) as u64;
            assert_eq!((gap.from, gap.to), (stored[0].len() as u64, third), "{container:?} {gap:?}");
        }
    }

    #[test]
    fn the_blocks_before_a_damaged_one_are_handed_out() {
        let whole = noise(4, 1_000_000);
        let frame = zstd_frame(&whole);
        for at in [frame.len() / 2, frame.len() * 9 / 10] {
            let mut bytes = frame.clone();
            bytes[at..at + 200].fill(0xff);
            let (out, gaps, checked) = read_all(bytes, Container::Zstd);
            let lost = whole.len() * at / frame.len() - out.len();
            assert!(whole.starts_with(&out) && lost < 160_000, "{lost}");
            assert_eq!((gaps.len(), gaps[0].from, checked), (1, 0, 0));
        }
    }

    #[test]
    fn a_head_that_is_refused_is_not_tried_for_ever() {
        // A reserved bit in the descriptor of the frame (RFC 8878, 3.1.1.1.1.4); a frame that wants a dictionary is
        // refused in the same way.
        let refused = [0x28, 0xb5, 0x2f, 0xfd, 0x28, 5, 0, 0];
        let bytes = [refused.to_vec(), zstd_frame(b"behind")].concat();
        let (out, gaps, _) = read_all(bytes, Container::Zstd);
        assert_eq!(out, b"behind");
        assert_eq!((gaps.len(), gaps[0].from, gaps[0].to), (1, 0, 8));
        assert_eq!(read_all(refused.to_vec(), Container::Zstd).1.len(), 1);
    }

    #[test]
    fn every_cut_inside_a_member_is_told() {
        for (encode, container) in
            [(gzip_member as fn(&[u8]) -> Vec<u8>, Container::Gzip), (zstd_frame, Container::Zstd)]
        {
            let first = encode(b"first part, repeated, repeated, repeated");
            let bytes = [first.clone(), encode(b"second part, repeated, repeated")].concat();
            for end in 1..bytes.len() {
                let (_, gaps, checked) = read_all(bytes[..end].to_vec(), container);
                let on_border = end == first.len();
                assert_eq!(gaps.len(), usize::from(!on_border), "{container:?} cut at {end}");
                assert_eq!(checked, if end >= first.len() { 40 } else { 0 }, "{container:?} cut at {end}");
            }
        }
    }
}
