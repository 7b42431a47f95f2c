//! Where shards come from: a release becomes a list of addresses, the arguments of a command become a list of places, of
//! which some may be drawn, and a place becomes bytes.

pub mod address;
pub mod catalogue;
pub mod draw;
pub mod exchanges;
pub mod file;
pub mod listing;
pub mod location;
pub mod plan;
pub mod remote;
