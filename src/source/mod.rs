//! Where shards come from: the arguments of a command become a list of places, and a place becomes bytes.

pub mod address;
pub mod file;
pub mod listing;
pub mod location;
pub mod plan;
pub mod remote;
