//! The test kit: shards made in code with their true places, damage with its true extent, and a folder to run
//! the program in.
//!
//! - [`doc::Doc`] is a captured page; [`press`] has a standard set of them with what must be found.
//! - [`shards::build`] renders documents in any format and framing.
//! - [`damage`] breaks what was built and says what is still intact.
//! - [`work::Work`] runs the program in a fresh folder and reads what it wrote.
//! - [`fixtures`] is the content of the repository's `fixtures/`.

#![allow(dead_code)] // A kit for many tests: not every test file uses all of it.

pub mod arc;
pub mod articles;
pub mod authority;
pub mod damage;
pub mod damaged_files;
pub mod dates;
pub mod defects;
pub mod digest;
pub mod doc;
pub mod fixtures;
pub mod frame;
pub mod fuzz;
pub mod gzip;
pub mod json;
pub mod lines;
pub mod nested;
pub mod news;
pub mod oscar;
pub mod press;
mod selfcheck;
pub mod server;
pub mod shards;
pub mod texts;
pub mod warc;
pub mod wat;
pub mod wet;
pub mod work;
