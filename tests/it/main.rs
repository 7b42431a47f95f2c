//! The program from outside: one binary of tests, one module a subject.

mod any_damage;
mod bad_input;
mod cuts;
mod damage;
mod fixtures;
mod formats;
mod help;
mod hostile;
mod kit;
mod probe;
mod readme;
mod records;
mod resume;
mod same_bytes;
mod samples;
mod scanning;
mod tables;
mod traps;
mod verdict;
