//! The commands: parse, then resolve, then work. Lists are loaded, folders opened and conflicts reported before
//! anything is read.

pub mod fingerprint;
pub mod folder;
pub mod scan;
pub mod show;
