//! The commands: parse, then resolve, then work. Lists are loaded, folders opened and conflicts reported before
//! anything is read.

pub mod calibrate;
pub mod commons;
pub mod display;
pub mod fingerprint;
pub mod folder;
pub mod mandate;
pub mod merge;
pub mod network;
mod outside;
mod partition;
pub mod plan_only;
pub mod redact;
pub mod sample;
pub mod scan;
pub mod seal;
mod search;
pub mod shards;
pub mod show;
mod still;
pub mod trace;
pub mod unseal;
pub mod verify;
