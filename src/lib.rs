//! draft
pub mod cli;
pub mod command;
pub mod container;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod matching;
pub mod place;
pub mod record;
pub mod scan;
pub mod source;
