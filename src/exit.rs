//! Every process code and the rule that picks it.

use std::process::ExitCode;

/// How a run ended, as scripts see it. Documented in `docs/evidence.md`; a change is a breaking one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All that was asked for was examined, whether anything was found or not.
    AllExamined,
    /// Nothing usable was produced: no shard could be read, or the results could not be written.
    NothingUsable,
    /// The request itself is wrong; nothing was read.
    WrongRequest,
    /// The run is done, with gaps that the receipts name.
    Gaps,
    /// A check that was asked for said no.
    CheckFailed,
    /// Interrupted; finished shards are kept.
    Interrupted,
}

impl Exit {
    /// The process code.
    pub fn code(self) -> u8 {
        match self {
            Exit::AllExamined => 0,
            Exit::NothingUsable => 1,
            Exit::WrongRequest => 2,
            Exit::Gaps => 3,
            Exit::CheckFailed => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
