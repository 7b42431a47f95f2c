//! WARC files put together member by member: archives inside pages, forged pages, odd gzip heads, and the true places
//! of what a list covers.

use flate2::Crc;

use super::doc::Doc;
use super::{gzip, warc};

/// A shard in the making.
#[derive(Clone, Default)]
pub struct Pile {
    pub bytes: Vec<u8>,
    /// Address, offset and length of each member that holds one listed record.
    pub truth: Vec<(String, u64, u64)>,
}

impl Pile {
    /// Adds a member, or anything else.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Adds the member of one record that the list covers.
    pub fn put_listed(&mut self, url: &str, member: &[u8]) {
        self.truth.push((url.to_owned(), self.bytes.len() as u64, member.len() as u64));
        self.put(member);
    }

    /// Adds pages of no list until the next member begins at byte `offset`, exactly.
    pub fn fill_to(&mut self, offset: usize) {
        // Head, trailer and block heads of a stored member, and the record's own head: less than this.
        const LEAST: usize = 4096;
        while offset - self.bytes.len() > 60_000 + LEAST {
            let n = self.bytes.len();
            self.put(&gzip::stored(&page(n, &plain_url(n), &noise(n, 40_000))));
        }
        let n = self.bytes.len();
        // The number of digits of the lengths may move the end by a few bytes: a file name takes them up.
        let room = offset - self.bytes.len();
        let member = gzip::stored(&page(n, &plain_url(n), &noise(n, room - LEAST / 2)));
        let missing = room.checked_sub(member.len() + 1).expect("room for a name");
        self.put(&Heads { name: Some(&"n".repeat(missing)), ..Heads::default() }.on(&member));
        assert_eq!(self.bytes.len(), offset);
    }
}

/// The optional fields of a gzip head (RFC 1952).
#[derive(Clone, Copy, Default)]
pub struct Heads<'h> {
    pub extra: Option<&'h [u8]>,
    pub name: Option<&'h str>,
    pub comment: Option<&'h str>,
    /// A checksum of the head.
    pub checked: bool,
}

impl Heads<'_> {
    /// `member`, which has a bare head, with these fields.
    pub fn on(self, member: &[u8]) -> Vec<u8> {
        let mut out = member[..10].to_vec();
        let texts = [(self.name, 8), (self.comment, 16)];
        out[3] = u8::from(self.checked) << 1 | u8::from(self.extra.is_some()) << 2;
        texts.iter().for_each(|(text, flag)| out[3] |= if text.is_some() { *flag } else { 0 });
        if let Some(extra) = self.extra {
            out.extend((extra.len() as u16).to_le_bytes());
            out.extend(extra);
        }
        for text in texts.iter().filter_map(|(text, _)| *text) {
            out.extend(text.as_bytes());
            out.push(0);
        }
        if self.checked {
            let mut crc = Crc::new();
            crc.update(&out);
            out.extend((crc.sum() as u16).to_le_bytes());
        }
        out.extend(&member[10..]);
        out
    }
}

/// A response record with this payload.
pub fn page(n: usize, url: &str, payload: &[u8]) -> Vec<u8> {
    warc::response(n, &Doc { url: url.into(), ..Doc::filler(n) }, payload, false).bytes
}

/// The same, whose `Content-Length` is too large by `by`.
pub fn misstated(record: &[u8], by: i64) -> Vec<u8> {
    let end = record.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&record[..end]).expect("text");
    let field = "\r\nContent-Length: ";
    let at = head.find(field).expect("a length") + field.len();
    let digits = head[at..].find("\r\n").expect("more fields");
    let length: i64 = head[at..at + digits].parse().expect("a number");
    [&head.as_bytes()[..at], (length + by).to_string().as_bytes(), &record[at + digits..]].concat()
}

/// A record whose payload is `inner` behind some words and the four bytes that the trailer of its own member will end
/// with, were the member's border there: the length that its head implies. `by` is what its `Content-Length` is too
/// large by.
pub fn forged(n: usize, url: &str, inner: &[u8], by: i64) -> Vec<u8> {
    let with = |stated: u32| page(n, url, &[b"a page\n", &stated.to_le_bytes()[..], inner].concat());
    let length = misstated(&with(0), by).len() as i64 + by;
    misstated(&with(length as u32), by)
}

/// An archive of stored members about these addresses.
pub fn archive(urls: &[String]) -> Vec<u8> {
    let member =
        |(n, url): (usize, &String)| gzip::stored(&page(n, url, b"<p>Some words of an inner page.</p>"));
    urls.iter().enumerate().flat_map(member).collect()
}

/// An address of no list.
pub fn plain_url(n: usize) -> String {
    format!("https://plain.example/{n}")
}

/// An address that the list covers. No shard holds it but where a test says so.
pub fn listed_url(what: &str, n: usize) -> String {
    format!("https://www.lemonde.fr/{what}/{n}")
}

/// Bytes that do not compress, other ones for each `seed`. No magic of a gzip head is in them.
pub fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut chance = Chance::new(seed as u64);
    let words = (0..length.div_ceil(8)).flat_map(|_| chance.next().to_le_bytes());
    words.take(length).map(|byte| if byte == 0x8b { 0 } else { byte }).collect()
}

/// Numbers drawn from a seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 33) as usize) % end
    }
}
