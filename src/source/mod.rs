//! Where shards come from: a release becomes a list of addresses, the arguments of a command become a list of files, of
//! which some may be drawn, and a file becomes bytes.

pub mod catalogue;
pub mod draw;
pub mod file;
pub mod listing;
pub mod plan;
