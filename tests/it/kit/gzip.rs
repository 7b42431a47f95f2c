//! Gzip members, byte by byte, so that a test can make any head, trailer and block it needs.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// A gzip member in the making. Time 0 and system 3 (Unix), as Common Crawl writes them.
#[derive(Default)]
pub struct Member<'a> {
    /// Content of an EXTRA field (subfields with their own heads).
    pub extra: Option<&'a [u8]>,
    /// Original file name.
    pub name: Option<&'a str>,
    /// Stored blocks: the data stands in the file as it is.
    pub stored: bool,
}

/// `data` as one ordinary member.
pub fn member(data: &[u8]) -> Vec<u8> {
    Member::default().of(data)
}

/// `data` as one member of stored blocks.
pub fn stored(data: &[u8]) -> Vec<u8> {
    Member { stored: true, ..Member::default() }.of(data)
}

impl Member<'_> {
    pub fn of(&self, data: &[u8]) -> Vec<u8> {
        let mut out = self.head();
        out.extend(if self.stored { stored_blocks(data) } else { deflated(data) });
        let mut crc = Crc::new();
        crc.update(data);
        out.extend(trailer(&crc));
        out
    }

    fn head(&self) -> Vec<u8> {
        let flags = u8::from(self.extra.is_some()) << 2 | u8::from(self.name.is_some()) << 3;
        let mut head = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
        if let Some(extra) = self.extra {
            head.extend((extra.len() as u16).to_le_bytes());
            head.extend(extra);
        }
        if let Some(name) = self.name {
            head.extend(name.as_bytes());
            head.push(0);
        }
        head
    }
}

/// One member that inflates to `head`, then `mebibytes` MiB of `byte`, then `tail`: about 1 kB a MiB.
///
/// The MiB is deflated once with a full flush at its end, which makes its bytes repeatable as they are.
pub fn repeated(head: &[u8], byte: u8, mebibytes: usize, tail: &[u8]) -> Vec<u8> {
    let block = vec![byte; 1 << 20];
    let mut out = Member::default().head();
    out.extend(flushed(head, FlushCompress::Full));
    let packed = flushed(&block, FlushCompress::Full);
    (0..mebibytes).for_each(|_| out.extend(&packed));
    out.extend(flushed(tail, FlushCompress::Finish));

    let mut crc = Crc::new();
    crc.update(head);
    let mut one = Crc::new();
    one.update(&block);
    (0..mebibytes).for_each(|_| crc.combine(&one));
    crc.update(tail);
    out.extend(trailer(&crc));
    out
}

/// CRC-32 and length of what a member holds.
fn trailer(crc: &Crc) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc.sum().to_le_bytes());
    trailer[4..].copy_from_slice(&crc.amount().to_le_bytes());
    trailer
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn flushed(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2 + 1024);
    let mut deflate = Compress::new(Compression::new(6), false);
    deflate.compress_vec(data, &mut out, flush).expect("the buffer is large enough");
    assert_eq!(deflate.total_in(), data.len() as u64);
    out
}

fn stored_blocks(data: &[u8]) -> Vec<u8> {
    let mut chunks: Vec<&[u8]> = data.chunks(0xffff).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let mut out = Vec::new();
    for (i, chunk) in chunks.iter().enumerate() {
        let length = chunk.len() as u16;
        out.push(u8::from(i + 1 == chunks.len()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(*chunk);
    }
    out
}
