//! How the commands that read shards behave towards servers.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::ValueHint;

use crate::source::remote::{Limits, Network};

/// Options for shards on servers.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Shards on servers")]
pub struct Args {
    /// Tries after a first one that failed in a way that may pass
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: u32,

    /// Seconds that a server may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,

    /// Shards that are read from one host at the same time
    #[arg(long, value_name = "N", default_value = "4")]
    connections: NonZeroUsize,

    /// Keep downloaded shards in this folder; they are used again while the server says that they are the same
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    cache: Option<PathBuf>,

    /// Milliseconds before the second try; the wait is doubled with each one
    #[arg(long, value_name = "MS", default_value_t = 1000, hide = true)]
    first_wait: u32,
}

impl Args {
    /// A network that is left alone when `interrupt` is set.
    pub fn network(&self, interrupt: &Arc<AtomicBool>) -> Network {
        let limits = Limits {
            retries: self.retries,
            timeout: Duration::from_secs(self.timeout.into()),
            connections: self.connections.get(),
            cache: self.cache.clone(),
            first_wait: Duration::from_millis(self.first_wait.into()),
        };
        Network::new(limits, Arc::clone(interrupt))
    }
}
