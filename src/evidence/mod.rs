//! What a run writes, and the bookkeeping that makes it evidence.
//!
//! A record that a rule covers becomes a [`finding`]; findings become rows of the shard's own part, sealed together
//! with its receipt; parts become the tables. Nothing else turns into a row. No clock, host name or path of this
//! machine enters an evidential file: the same shards and lists give the same bytes anywhere.

pub mod acquisition;
pub mod articles;
pub mod census;
pub mod copies;
pub mod custody;
pub mod distinct;
pub mod estimates;
pub mod finding;
pub mod interval;
pub mod kept;
pub mod manifest;
pub mod output;
pub mod part;
pub mod partition;
pub mod reading;
pub mod receipt;
pub mod records;
pub mod row;
pub mod tables;
pub mod tally;
