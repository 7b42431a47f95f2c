//! Files on servers, as streams of bytes.
//!
//! ```text
//! resolve   an address to the URL that is asked for, signed where it must be
//! fetch     exchange after exchange until the file is whole, or a fault does not pass; entry: the row of each
//! served    what tells two states of a file apart; fault and wait: what passes, and when to try again
//! reading   the bytes for a reader that blocks, some of them read ahead; cache: files that are kept
//! ```
//!
//! One client of ours fetches every kind of address, so that a fault is treated alike wherever it comes from. What is
//! asynchronous stays in here.

mod cache;
mod entry;
pub mod fault;
mod fetch;
mod reading;
mod resolve;
pub mod served;
mod wait;

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::address::Address;
use crate::place::Extent;
use crate::source::exchanges::{Exchange, Journal};
use cache::Cache;
use fault::Fault;
use fetch::Fetch;
use resolve::Resolver;
use served::Served;

pub use reading::{Known, Reading};

/// Bytes that are read ahead of the reader of one file.
const AHEAD: usize = 4 * 1024 * 1024;

/// How long exchanges that were given up may take to end.
const GIVEN_UP: Duration = Duration::from_secs(2);

/// Who asks.
const USER_AGENT: &str = concat!("shardproof/", env!("CARGO_PKG_VERSION"));

/// How patient a run is, and how modest.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Tries after the first one, of an exchange that brings nothing.
    pub retries: u32,
    /// How long a server may be silent.
    pub timeout: Duration,
    /// Shards that are read from one host at the same time.
    pub connections: usize,
    /// The wait before the second try; it is doubled with each one.
    pub first_wait: Duration,
    /// The folder in which downloaded shards are kept.
    pub cache: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            retries: 5,
            timeout: Duration::from_secs(60),
            connections: 4,
            first_wait: Duration::from_secs(1),
            cache: None,
        }
    }
}

/// The way to all servers. Nothing is begun before the first file is asked for.
pub struct Network {
    shared: Arc<Shared>,
    runtime: OnceLock<Result<Runtime, String>>,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
    interrupt: Arc<AtomicBool>,
    cache: Option<Cache>,
}

/// What the exchanges share.
struct Shared {
    limits: Limits,
    client: OnceLock<Result<Client, String>>,
    resolver: Resolver,
    journal: OnceLock<Journal>,
    /// Exchanges under way.
    open: AtomicUsize,
}

/// What is wanted of a file.
#[derive(Default)]
struct Want {
    /// Offset in the file of the next byte that is handed on.
    at: u64,
    /// Where a part ends; the whole file has none.
    end: Option<u64>,
    /// A state of the file is known, which what comes must have.
    begun: bool,
    /// The state of the file that is kept: if it is the same, it need not come.
    kept: Option<Served>,
}

/// A file whose server has answered.
pub struct Answered {
    /// Its bytes.
    pub bytes: Box<dyn Read + Send>,
    /// What the server says about it.
    pub known: Known,
}

impl Network {
    /// A network that is left alone when `interrupt` is set.
    pub fn new(limits: Limits, interrupt: Arc<AtomicBool>) -> Network {
        let cache = limits.cache.as_deref().map(Cache::new);
        let shared = Shared {
            limits,
            client: OnceLock::new(),
            resolver: Resolver::default(),
            journal: OnceLock::new(),
            open: AtomicUsize::new(0),
        };
        Network {
            shared: Arc::new(shared),
            runtime: OnceLock::new(),
            turns: Mutex::default(),
            interrupt,
            cache,
        }
    }

    /// Writes every exchange down from here on.
    pub fn write_down(&self, journal: Journal) {
        let _ = self.shared.journal.set(journal);
    }

    /// Says whether all exchanges could be written down, once nobody reads any more.
    ///
    /// # Errors
    /// When one could not.
    pub fn check_journal(&self) -> std::io::Result<()> {
        // Those that were given up a moment ago end by themselves.
        for _ in 0..GIVEN_UP.as_millis() {
            if self.shared.open.load(Ordering::Acquire) == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.shared.journal.get().map_or(Ok(()), Journal::check)
    }

    /// Asks for a file and waits for the answer. `shard` is the number of the shard in the run. At most a few shards of a
    /// host are read at the same time; a file that belongs to a shard which is being read (`within`) takes no turn of its
    /// own.
    ///
    /// # Errors
    /// What kept the server from giving it, after all tries.
    pub fn open(&self, address: &Address, shard: usize, within: bool) -> Result<Answered, Fault> {
        let turn = if within { None } else { self.turn(&address.host())? };
        let known = Known::default();
        let place = self.cache.as_ref().map(|cache| (cache, cache.place(address)));
        let kept = place.as_ref().and_then(|(_, place)| place.open());
        let state = kept.as_ref().map(|(_, state)| state.clone());
        let want = Want { kept: state, ..Want::default() };
        let mut reading = self.start(address, shard, Arc::clone(&known), want)?;
        reading.turn = turn;
        let bytes: Box<dyn Read + Send> = match (reading.begin()?, kept, place) {
            (false, Some((file, state)), _) => {
                *known.lock().unwrap_or_else(PoisonError::into_inner) = state;
                Box::new(file)
            }
            (_, _, Some((cache, place))) => Box::new(cache.keep(reading, place, Arc::clone(&known))),
            (_, _, None) => Box::new(reading),
        };
        Ok(Answered { bytes, known })
    }

    /// Asks for the rest of a file whose state is known, from the byte `at` on.
    ///
    /// # Errors
    /// What kept the server from giving it; among it, that the file has changed.
    pub fn rest(&self, address: &Address, shard: usize, served: Served, at: u64) -> Result<Answered, Fault> {
        let turn = self.turn(&address.host())?;
        let known = Arc::new(Mutex::new(served));
        let want = Want { at, begun: true, ..Want::default() };
        let mut reading = self.start(address, shard, Arc::clone(&known), want)?;
        reading.turn = turn;
        reading.begin()?;
        Ok(Answered { bytes: Box::new(reading), known })
    }

    /// Why a downloaded shard could not be kept, if one could not.
    pub fn cache_trouble(&self) -> Option<String> {
        self.cache.as_ref().and_then(Cache::trouble)
    }

    /// Asks for a file of which nothing is known yet, or for a part of it, and waits for the answer. What the server said
    /// is known also when it refused. The part may end before its extent does, where the file ends.
    pub fn ask(&self, address: &Address, extent: Option<Extent>) -> (Known, Result<Reading, Fault>) {
        let known = Known::default();
        let asked = self.turn(&address.host()).and_then(|turn| {
            let want = Want {
                at: extent.map_or(0, |extent| extent.offset),
                end: extent.map(|extent| extent.end()),
                ..Want::default()
            };
            let mut reading = self.start(address, 0, Arc::clone(&known), want)?;
            reading.turn = turn;
            reading.begin()?;
            Ok(reading)
        });
        (known, asked)
    }

    /// Asks for a part of a file whose state is known.
    ///
    /// # Errors
    /// What kept the server from giving it, after all tries; among it, that the file has changed.
    pub fn part(
        &self,
        address: &Address,
        shard: usize,
        known: &Known,
        extent: Extent,
    ) -> Result<Reading, Fault> {
        let want = Want { at: extent.offset, end: Some(extent.end()), begun: true, kept: None };
        self.start(address, shard, Arc::clone(known), want)
    }

    fn start(&self, address: &Address, shard: usize, known: Known, want: Want) -> Result<Reading, Fault> {
        let runtime = self.runtime()?;
        let (out, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(AHEAD));
        let fetch = Fetch {
            shared: Arc::clone(&self.shared),
            address: address.clone(),
            shard,
            out,
            room: Arc::clone(&room),
            known,
            want,
            attempt: 0,
            denied: None,
        };
        Ok(Reading {
            messages,
            room,
            handle: runtime.handle().clone(),
            task: runtime.spawn(fetch.run()),
            interrupt: Arc::clone(&self.interrupt),
            turn: None,
            piece: Bytes::new(),
            over: None,
        })
    }

    /// Waits until the host may be asked for another shard.
    fn turn(&self, host: &str) -> Result<Option<OwnedSemaphorePermit>, Fault> {
        let runtime = self.runtime()?;
        let turns = {
            let mut turns = self.turns.lock().map_err(|_| Fault::last("a worker has failed"))?;
            let made = || Arc::new(Semaphore::new(self.shared.limits.connections));
            Arc::clone(turns.entry(host.to_owned()).or_insert_with(made))
        };
        loop {
            let wait = tokio::time::timeout_at;
            let until = tokio::time::Instant::now() + Duration::from_millis(100);
            let waited = runtime.block_on(async { wait(until, Arc::clone(&turns).acquire_owned()).await });
            match waited {
                Ok(turn) => return Ok(turn.ok()),
                Err(_) if self.interrupt.load(Ordering::Relaxed) => return Err(Fault::last("interrupted")),
                Err(_) => {}
            }
        }
    }

    fn runtime(&self) -> Result<&Runtime, Fault> {
        let made = self.runtime.get_or_init(|| {
            // Two libraries of this program speak TLS, and neither may choose by itself. Another choice stands if it was
            // made before.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
            let built =
                Builder::new_multi_thread().worker_threads(cores).thread_name("network").enable_all().build();
            built.map_err(|error| format!("the network cannot be used: {error}"))
        });
        made.as_ref().map_err(Fault::last)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(Ok(runtime)) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn client(&self) -> Result<&Client, Fault> {
        let made = self.client.get_or_init(|| {
            Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .connect_timeout(self.limits.timeout)
                .pool_max_idle_per_host(self.limits.connections)
                .build()
                .map_err(|error| format!("the network cannot be used: {}", Fault::of(error).what))
        });
        made.as_ref().map_err(Fault::last)
    }

    fn enter(&self, exchange: &Exchange) {
        if let Some(journal) = self.journal.get() {
            journal.add(exchange);
        }
    }
}

/// What the server says about a file now.
pub fn said(known: &Known) -> Served {
    known.lock().map(|served| served.clone()).unwrap_or_default()
}
