//! The program from outside: one binary of tests, one module a subject.

mod fixtures;
mod kit;
