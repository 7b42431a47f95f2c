//! The HTTP message inside a `response` record: its head, and the check of the archive's digest over its body.
//!
//! Works on a stream of block bytes, so that a record of any size is checked in little memory. The body is taken
//! as stored: Common Crawl removes content and transfer encodings before it stores a page, yet older files still
//! declare them.

use super::digest::{DigestCheck, Running, Stated};
use super::warc::{self, Head};
use super::{RecordType, identity};

/// Longest HTTP head kept, in bytes. One that is longer loses status and content type, not the digest check.
const LONGEST_HTTP_HEAD: usize = 256 * 1024;

/// The HTTP message of a block that is held whole.
pub struct Message<'b> {
    head: &'b [u8],
    /// What stands behind the head.
    pub body: &'b [u8],
}

impl<'b> Message<'b> {
    /// True when the block of a record with this head is an HTTP message.
    pub fn is_http(head: &Head<'_>) -> bool {
        match head.kind {
            RecordType::Response | RecordType::Revisit => {
                !head.content_type.is_some_and(|mime| mime.starts_with(b"text/dns"))
            }
            _ => false,
        }
    }

    /// Takes a block apart. One without a blank line is all head if it begins as a message does, else all body: ARC
    /// files of old crawlers hold pages without any head.
    pub fn split(block: &'b [u8]) -> Message<'b> {
        if !block.starts_with(b"HTTP") {
            return Message { head: &[], body: block };
        }
        let end = warc::end(&block[..block.len().min(LONGEST_HTTP_HEAD)]).unwrap_or(block.len());
        let (head, body) = block.split_at(end);
        Message { head, body }
    }

    /// The first field of this name, which is given in lower case.
    pub fn field(&self, name: &str) -> Option<String> {
        self.head.split(|&byte| byte == b'\n').find_map(|line| value(line, name))
    }
}

/// The value of a line that holds the field of this name.
fn value(line: &[u8], name: &str) -> Option<String> {
    let colon = memchr::memchr(b':', line)?;
    let named = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
    named.then(|| String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned())
}

/// What a block showed, once all of it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// HTTP status code.
    pub status: Option<u16>,
    /// `Content-Type` of the HTTP message, as it stands there.
    pub mime: Option<String>,
    /// The outcome of the digest check.
    pub digest: DigestCheck,
}

/// Looks at the bytes of one block as they go by.
pub struct BlockCheck {
    /// Bytes of the HTTP head so far; `None` behind it, or in a block without one.
    head: Option<Vec<u8>>,
    checked: Checked,
    payload: Option<(Stated, Running)>,
    block: Option<(Stated, Running)>,
    defect: Option<Defect>,
}

/// The known defect of CC-MAIN-2018-34: one CRLF too many between HTTP head and body, so the payload digest is that
/// of the body without it (see `docs/formats.md`). The extra digests tell this defect from real damage.
struct Defect {
    skipped: Vec<u8>,
    without_line: Option<Running>,
    as_block: Option<Running>,
}

impl BlockCheck {
    /// For the block of the record with this head, in the release of this name (empty when unknown).
    pub fn new(head: &Head<'_>, release: &str) -> BlockCheck {
        let is_http = Message::is_http(head);
        let start = |field: Option<&[u8]>| {
            field.and_then(Stated::parse).map(|stated| (stated.clone(), stated.start()))
        };
        // A revisit's payload digest is that of the earlier capture: nothing in this record has it.
        let payload = match head.kind {
            RecordType::Revisit => None,
            _ => start(head.payload_digest),
        };
        let block = start(head.block_digest);
        let defect = (release == identity::RELEASE_WITH_EXTRA_LINE && is_http).then(|| Defect {
            skipped: Vec::new(),
            without_line: payload.as_ref().map(|(stated, _)| stated.start()),
            as_block: block.as_ref().map(|(stated, _)| stated.start()),
        });
        BlockCheck {
            head: is_http.then(Vec::new),
            checked: Checked { status: None, mime: None, digest: DigestCheck::None },
            payload,
            block,
            defect,
        }
    }

    /// Takes the next bytes of the block.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some((_, running)) = &mut self.block {
            running.update(bytes);
        }
        let Some(head) = &mut self.head else { return self.body(bytes) };
        let before = head.len();
        head.extend_from_slice(bytes);
        if let Some(end) = warc::end(head) {
            let head = std::mem::take(head);
            self.head = None;
            self.read_head(&head[..end]);
            self.body(&bytes[end - before..]);
        } else if head.len() > LONGEST_HTTP_HEAD {
            // No blank line: whatever this is, it is no HTTP message with a payload of its own.
            self.head = None;
            self.payload = None;
        }
    }

    /// The outcome, after the last byte.
    pub fn finish(mut self) -> Checked {
        if let Some(head) = self.head.take() {
            // A message that is all head (204, 304) has an empty payload.
            self.read_head(&head);
        }
        let agrees = |digest: &Option<(Stated, Running)>| {
            digest.as_ref().map(|(stated, running)| stated.agrees(running))
        };
        // The payload digest is the one that an index publishes; a WET record has a block digest only.
        let agreed = agrees(&self.payload).or_else(|| agrees(&self.block));
        self.checked.digest = match agreed {
            None => DigestCheck::None,
            Some(true) => DigestCheck::Match,
            Some(false) if self.is_known_defect() => DigestCheck::KnownDefect,
            Some(false) => DigestCheck::Mismatch,
        };
        self.checked
    }

    fn body(&mut self, bytes: &[u8]) {
        if let Some((_, running)) = &mut self.payload {
            running.update(bytes);
        }
        if let Some(defect) = &mut self.defect {
            defect.update(bytes);
        }
    }

    fn read_head(&mut self, head: &[u8]) {
        let mut lines = head.split(|&byte| byte == b'\n');
        self.checked.status = lines.next().and_then(status);
        self.checked.mime = lines.find_map(|line| value(line, "content-type"));
    }

    fn is_known_defect(&self) -> bool {
        let Some(defect) = &self.defect else { return false };
        if defect.skipped != b"\r\n" {
            return false;
        }
        let agrees = |digest: &Option<(Stated, Running)>, running: &Option<Running>| {
            digest.as_ref().zip(running.as_ref()).is_some_and(|((stated, _), running)| stated.agrees(running))
        };
        let as_payload = self.payload.as_ref().map(|(_, running)| running.clone());
        agrees(&self.payload, &defect.without_line)
            || agrees(&self.block, &defect.as_block)
            || agrees(&self.block, &as_payload)
            || self.block.as_ref().is_some_and(|(stated, running)| stated.agrees(running))
    }
}

impl Defect {
    fn update(&mut self, bytes: &[u8]) {
        let line = bytes.len().min(2 - self.skipped.len().min(2));
        self.skipped.extend_from_slice(&bytes[..line]);
        for running in [&mut self.without_line, &mut self.as_block].into_iter().flatten() {
            running.update(&bytes[line..]);
        }
    }
}

/// The code of a status line: `HTTP/1.1 200 OK`, also without a reason, also `HTTP 502 Bad Gateway`.
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line.get(..line.len().min(64))?.trim_ascii()).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|word| word.starts_with("HTTP"))?;
    words.next()?.parse().ok().filter(|code| (100..1000).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE32;
    use sha1::{Digest, Sha1};

    fn sha1(bytes: &[u8]) -> String {
        format!("sha1:{}", BASE32.encode(&Sha1::digest(bytes)))
    }

    fn check(
        payload: Option<&str>,
        block_digest: Option<&str>,
        release: &str,
        block: &[u8],
        step: usize,
    ) -> Checked {
        let mut head = Head::empty(RecordType::Response);
        head.payload_digest = payload.map(str::as_bytes);
        head.block_digest = block_digest.map(str::as_bytes);
        let mut check = BlockCheck::new(&head, release);
        block.chunks(step).for_each(|bytes| check.update(bytes));
        check.finish()
    }

    #[test]
    fn status_type_and_digest_are_read_whatever_the_pieces() {
        let block = b"HTTP/1.1 404 \r\ncontent-TYPE: text/html; charset=utf-8\r\n\r\nbody\r\n\r\nmore";
        let right = sha1(b"body\r\n\r\nmore");
        for step in [1, 2, 7, 1000] {
            let checked = check(Some(&right), None, "", block, step);
            assert_eq!(checked.status, Some(404));
            assert_eq!(checked.mime.as_deref(), Some("text/html; charset=utf-8"));
            assert_eq!(checked.digest, DigestCheck::Match, "step {step}");
            assert_eq!(check(Some(&sha1(b"x")), None, "", block, step).digest, DigestCheck::Mismatch);
            assert_eq!(check(None, None, "", block, step).digest, DigestCheck::None);
        }
    }

    #[test]
    fn the_defect_of_one_release_is_told_apart_from_damage() {
        let block = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n\r\nbody";
        let release = identity::RELEASE_WITH_EXTRA_LINE;
        let (without, whole, wrong) = (sha1(b"body"), sha1(block), sha1(b"other"));
        let digest = |payload: &str, block_digest: &str, release: &str| {
            check(Some(payload), Some(block_digest), release, block, 3).digest
        };
        assert_eq!(digest(&without, &wrong, release), DigestCheck::KnownDefect);
        assert_eq!(digest(&wrong, &without, release), DigestCheck::KnownDefect);
        assert_eq!(digest(&wrong, &whole, release), DigestCheck::KnownDefect);
        assert_eq!(digest(&wrong, &wrong, release), DigestCheck::Mismatch);
        assert_eq!(digest(&without, &whole, "CC-MAIN-2018-39"), DigestCheck::Mismatch);
    }

    #[test]
    fn a_message_that_is_all_head_has_an_empty_payload() {
        let checked = check(Some(&sha1(b"")), None, "", b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", 5);
        assert_eq!((checked.status, checked.digest), (Some(204), DigestCheck::Match));
    }
}
