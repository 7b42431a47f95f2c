//! What stops a command: one message, what to do about it, and the exit code that belongs to it.
//!
//! Trouble with the data of a shard never takes this way. It ends in the shard's receipt
//! ([`crate::evidence::receipt`]), because a run over many shards goes on.

use std::fmt;
use std::path::Path;

use crate::escape::shown;
use crate::exit::Exit;

/// The reason why a command cannot go on.
#[derive(Debug)]
pub struct Error {
    message: String,
    hint: Option<String>,
    exit: Exit,
}

/// A result of a step of a command.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The request is wrong: nothing has been read yet, nothing was changed.
    pub fn request(message: impl Into<String>) -> Error {
        Error { message: message.into(), hint: None, exit: Exit::WrongRequest }
    }

    /// The work could not be done, for example because the disk is full.
    pub fn failure(message: impl Into<String>) -> Error {
        Error { message: message.into(), hint: None, exit: Exit::NothingUsable }
    }

    /// A file operation that failed, with its path. Results cannot be written: exit code 1.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Error {
        Error::failure(format!("cannot {doing} `{}`: {error}", shown(path)))
    }

    /// Adds the way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code that belongs to the error.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
