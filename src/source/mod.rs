//! Where shards come from: the arguments of a command become a list of files, and a file becomes bytes.

pub mod file;
pub mod listing;
pub mod plan;
