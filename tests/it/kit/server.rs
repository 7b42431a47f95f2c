//! A server on this machine that serves files and every fault that servers have: each path has a queue of answers, and
//! what is not in the queue is answered well.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How one request is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    /// Further headers.
    headers: Vec<(String, String)>,
    /// The name of the file's state; empty for none.
    etag: String,
    /// The date of the file's state; empty for none.
    modified: String,
    /// Ranges are answered with ranges.
    ranges: bool,
    /// Bytes of the body that are sent before the connection is closed.
    cut: Option<usize>,
    /// Bytes of the body that are sent before nothing more comes.
    stall: Option<usize>,
    length: Length,
    /// Sent in place of the file.
    body: Option<Vec<u8>>,
    /// Sent in place of the true range.
    content_range: Option<String>,
    /// How long the answer takes before its body comes.
    think: Duration,
}

/// What is said about the length of the body.
#[derive(Clone, Debug)]
enum Length {
    True,
    /// Another number.
    Claimed(usize),
    /// Nothing: the body ends with the connection.
    Untold,
    /// The body comes in chunks.
    Chunked,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// What stands behind the `?`.
    pub query: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
}

pub struct Server {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<HashMap<String, Vec<u8>>>,
    queues: Mutex<HashMap<String, VecDeque<Answer>>>,
    always: Mutex<HashMap<String, Answer>>,
    requests: Mutex<Vec<Request>>,
    /// Requests whose answers have not come to their end.
    asking: AtomicUsize,
    most: AtomicUsize,
    over: AtomicBool,
}

impl Answer {
    pub fn good() -> Answer {
        Answer {
            status: 200,
            headers: Vec::new(),
            etag: "\"one\"".to_owned(),
            modified: "Mon, 06 Jan 2025 10:00:00 GMT".to_owned(),
            ranges: true,
            cut: None,
            stall: None,
            length: Length::True,
            body: None,
            content_range: None,
            think: Duration::ZERO,
        }
    }

    /// A status with a few words in place of the file.
    pub fn status(status: u16) -> Answer {
        Answer { status, body: Some(b"no shard".to_vec()), etag: String::new(), ..Answer::good() }
    }

    pub fn redirect(to: &str) -> Answer {
        Answer::status(302).header("Location", to)
    }

    /// A page with 200, as a captive portal sends it.
    pub fn page(body: &str) -> Answer {
        Answer { body: Some(body.into()), etag: String::new(), modified: String::new(), ..Answer::good() }
            .header("Content-Type", "text/html; charset=utf-8")
    }

    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn etag(self, etag: &str) -> Answer {
        Answer { etag: etag.to_owned(), ..self }
    }

    pub fn modified(self, modified: &str) -> Answer {
        Answer { modified: modified.to_owned(), ..self }
    }

    /// Closes the connection after so many bytes of the body.
    pub fn cut(self, bytes: usize) -> Answer {
        Answer { cut: Some(bytes), ..self }
    }

    pub fn stall(self, bytes: usize) -> Answer {
        Answer { stall: Some(bytes), ..self }
    }

    pub fn claim(self, length: usize) -> Answer {
        Answer { length: Length::Claimed(length), ..self }
    }

    pub fn without_length(self) -> Answer {
        Answer { length: Length::Untold, ..self }
    }

    pub fn chunked(self) -> Answer {
        Answer { length: Length::Chunked, ..self }
    }

    pub fn without_ranges(self) -> Answer {
        Answer { ranges: false, ..self }
    }

    pub fn content_range(self, range: &str) -> Answer {
        Answer { content_range: Some(range.to_owned()), ..self }
    }

    pub fn think(self, think: Duration) -> Answer {
        Answer { think, ..self }
    }

    pub fn body(self, body: &[u8]) -> Answer {
        Answer { body: Some(body.to_vec()), ..self }
    }
}

impl Server {
    pub fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let port = listener.local_addr().expect("bound").port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.over.load(Ordering::Relaxed) {
                    break;
                }
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || {
                    // A client that goes away is none of our concern.
                    let _ = serve(&stream, &shared);
                });
            }
        });
        Server { port, shared }
    }

    /// The URL of a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.shared.files.lock().unwrap().insert(path.to_owned(), bytes.into());
    }

    /// The next request for the path is answered so.
    pub fn next(&self, path: &str, answer: Answer) {
        self.shared.queues.lock().unwrap().entry(path.to_owned()).or_default().push_back(answer);
    }

    /// Every request for the path that no queue answers is answered so.
    pub fn always(&self, path: &str, answer: Answer) {
        self.shared.always.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The requests for one path.
    pub fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// The most requests that were under way at a time. Connections say less: a client may open one that it does not use.
    pub fn most_at_a_time(&self) -> usize {
        self.shared.most.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // The listening thread wakes up to see it.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Answers requests on one connection until one of them closes it.
fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let request = Request { path, query, headers };
        shared.requests.lock().unwrap().push(request.clone());
        let queued = shared.queues.lock().unwrap().get_mut(&request.path).and_then(VecDeque::pop_front);
        let answer = queued.or_else(|| shared.always.lock().unwrap().get(&request.path).cloned());
        if !give(stream, shared, &request, answer, UnderWay::new(shared))? {
            return Ok(());
        }
    }
}

/// A request that waits for its answer.
struct UnderWay<'a>(&'a Shared);

impl UnderWay<'_> {
    fn new(shared: &Shared) -> UnderWay<'_> {
        let now = shared.asking.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most.fetch_max(now, Ordering::SeqCst);
        UnderWay(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Gives one answer. False when the connection is over.
fn give(
    mut stream: &TcpStream,
    shared: &Shared,
    request: &Request,
    answer: Option<Answer>,
    under_way: UnderWay,
) -> std::io::Result<bool> {
    let file = shared.files.lock().unwrap().get(&request.path).cloned();
    let mut answer = match (answer, &file) {
        (Some(answer), _) => answer,
        (None, Some(_)) => Answer::good(),
        (None, None) => Answer::status(404),
    };
    let is_file = answer.body.is_none();
    let whole = answer.body.take().or(file).unwrap_or_default();
    let mut body = whole.as_slice();
    let range = request.headers.get("range").filter(|_| answer.ranges && is_file && answer.status == 200);
    let same = match request.headers.get("if-range") {
        Some(validator) => *validator == answer.etag || *validator == answer.modified,
        None => true,
    };
    let matches = request.headers.get("if-none-match").is_some_and(|etag| *etag == answer.etag);
    if matches && answer.status == 200 {
        (answer.status, body) = (304, &[]);
    }
    if let Some((from, to)) = range.filter(|_| same).and_then(|range| parts(range, whole.len())) {
        if from >= whole.len() {
            (answer.status, body) = (416, b"");
            answer.headers.push(("Content-Range".into(), format!("bytes */{}", whole.len())));
        } else {
            (answer.status, body) = (206, &whole[from..to]);
            let range = format!("bytes {from}-{}/{}", to - 1, whole.len());
            answer.headers.push(("Content-Range".into(), answer.content_range.take().unwrap_or(range)));
        }
    }
    let mut head = format!("HTTP/1.1 {} Thus\r\nDate: Mon, 06 Jan 2025 12:00:00 GMT\r\n", answer.status);
    for (name, value) in [("ETag", &answer.etag), ("Last-Modified", &answer.modified)] {
        if !value.is_empty() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    answer.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    match answer.length {
        Length::True => head.push_str(&format!("Content-Length: {}\r\n", body.len())),
        Length::Claimed(length) => head.push_str(&format!("Content-Length: {length}\r\n")),
        Length::Untold => head.push_str("Connection: close\r\n"),
        Length::Chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    std::thread::sleep(answer.think);
    // Before the body: with its last byte the client may ask for something else, sooner than this thread could say so.
    drop(under_way);
    let sent = answer.cut.or(answer.stall).unwrap_or(body.len()).min(body.len());
    match answer.length {
        Length::Chunked => {
            for chunk in body[..sent].chunks(1000) {
                stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
                stream.write_all(chunk)?;
                stream.write_all(b"\r\n")?;
            }
            if sent == body.len() {
                stream.write_all(b"0\r\n\r\n")?;
            }
        }
        _ => stream.write_all(&body[..sent])?,
    }
    while answer.stall.is_some() && !shared.over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let claims_all = !matches!(answer.length, Length::Untold | Length::Claimed(_));
    Ok(claims_all && answer.cut.is_none())
}

/// `bytes=5-` or `bytes=5-9` as a range of the file.
fn parts(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse().ok()?;
    let to = to.parse::<usize>().map_or(length, |to| (to + 1).min(length));
    Some((from, to))
}
