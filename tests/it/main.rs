//! The program from outside: one binary of tests, one module a subject.

// A test that meets what cannot be has found something: to panic is its way to say so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod any_damage;
mod article_damage;
mod article_formats;
mod articles;
mod bad_input;
mod calibrate;
mod catalogue;
mod cli_page;
mod commons;
mod cuts;
mod damage;
mod depths;
mod estimates;
mod fingerprint;
mod first_look;
mod fixtures;
mod formats;
mod frames_inside;
mod fuzz;
mod help;
mod hostile;
mod hostile_text;
mod inside;
mod kit;
mod merge;
mod normal_form;
mod outside;
mod pairs;
mod plan;
mod probe;
mod properties;
mod readme;
mod records;
mod redact;
mod remote;
mod resume;
mod same_bytes;
mod samples;
mod scanning;
mod seal;
mod show;
mod stretches;
mod tables;
mod trace;
mod traps;
mod verdict;
mod verify;
mod verify_summaries;
