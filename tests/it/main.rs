//! The program from outside: one binary of tests, one module a subject.

mod cuts;
mod fixtures;
mod formats;
mod kit;
mod probe;
