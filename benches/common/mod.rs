//! Measuring child processes side by side.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The result of a step of a benchmark.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The program that is measured.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_shardproof");

/// What a process took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// Seconds of CPU time, user and system.
    pub cpu: f64,
    /// Seconds that passed.
    pub wall: f64,
}

/// Runs a command to its end and measures it.
pub fn run(command: &mut Command) -> Result<Taken> {
    let (before, begun) = (of_children()?, Instant::now());
    succeed(command)?;
    Ok(Taken { cpu: of_children()? - before, wall: begun.elapsed().as_secs_f64() })
}

/// Runs each command once in every round, so that a busy machine slows all of them, and returns the median of each.
pub fn side_by_side(rounds: usize, commands: &mut [Measured<'_>]) -> Result<Vec<Taken>> {
    let mut taken = vec![Vec::new(); commands.len()];
    for _ in 0..rounds {
        for (measured, taken) in commands.iter_mut().zip(&mut taken) {
            taken.push(measured()?);
        }
    }
    let median = |mut of: Vec<f64>| {
        of.sort_unstable_by(f64::total_cmp);
        of.get(of.len() / 2).copied().unwrap_or_default()
    };
    Ok(taken
        .iter()
        .map(|taken| Taken {
            cpu: median(taken.iter().map(|taken| taken.cpu).collect()),
            wall: median(taken.iter().map(|taken| taken.wall).collect()),
        })
        .collect())
}

/// Something that is run and measured.
pub type Measured<'m> = Box<dyn FnMut() -> Result<Taken> + 'm>;

/// Another program on a file, whose output goes nowhere.
pub fn other<'m>(program: &'m str, arguments: &'m [&str], file: &'m Path) -> Measured<'m> {
    Box::new(move || run(Command::new(program).args(arguments).arg(file)))
}

/// Runs a command; its output goes nowhere.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command.stdout(Stdio::null()).status().map_err(|error| format!("{command:?}: {error}"))?;
    // 3: examined with gaps.
    match status.code() {
        Some(0 | 3) => Ok(()),
        _ => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// Seconds of CPU time of all children that have ended.
fn of_children() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
}
