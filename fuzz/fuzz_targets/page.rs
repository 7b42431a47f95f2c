#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shardproof_fuzz::properties::page::holds(bytes));
