//! What can go wrong on the way to a server, and whether it may pass.

use std::error::Error;
use std::time::Duration;

/// Why an exchange did not bring what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happened, in words, without any secret.
    pub what: String,
    /// How it goes on.
    pub kind: Kind,
}

/// What a fault means for the exchange after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It may pass: the exchange is tried again, after this long if the server said so.
    Passing(Option<Duration>),
    /// The server says that there is no such file.
    Absent,
    /// The server does not give the file to us.
    Denied,
    /// Another try would end the same way, or could mix two states of the file.
    Final,
}

impl Fault {
    /// A fault that may pass.
    pub fn passing(what: impl Into<String>) -> Fault {
        Fault { what: what.into(), kind: Kind::Passing(None) }
    }

    /// A fault that stays.
    pub fn last(what: impl Into<String>) -> Fault {
        Fault { what: what.into(), kind: Kind::Final }
    }

    /// A failure of the connection, in the words of the client without the address, whose query may be a secret.
    pub fn of(error: reqwest::Error) -> Fault {
        let (is_builder, is_timeout) = (error.is_builder(), error.is_timeout());
        let error = error.without_url();
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let more = inner.to_string();
            if !words.contains(&more) {
                words = format!("{words}: {more}");
            }
            cause = inner.source();
        }
        match (is_builder, is_timeout) {
            (true, _) => Fault::last(words),
            (false, true) => Fault::passing(format!("no connection in time ({words})")),
            (false, false) => Fault::passing(words),
        }
    }
}
