//! Article fingerprints: a publisher's articles as keyed hashes of some of their runs of words.
//!
//! ```text
//! key       who can compare: anybody, or holders of a key
//! shingle   which runs of words are kept
//! quotes    speech in quotation marks
//! agency    marks of news agencies
//! article   what a file holds of an article; common: what is not the article's own; common_places: where it stands
//! side      the exact words, for the publisher alone
//! commons   shingles that many sites have, from a sample of the crawl
//! remarks   what a publisher should know of the articles; same_id: an id stands for one article
//! header    what a fingerprint file says about itself; sections: where its content stands
//! build     articles into a file; file: the file opened; look_up: many shingles at once; binary: the frame of all binary files
//! ```

pub mod agency;
pub mod article;
pub mod binary;
pub mod build;
pub mod common;
pub mod common_places;
pub mod commons;
pub mod file;
mod filter;
pub mod header;
pub mod key;
pub mod look_up;
pub mod quotes;
pub mod remarks;
pub mod same_id;
mod sections;
pub mod shingle;
pub mod side;
