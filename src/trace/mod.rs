//! From a row of a derived corpus back to the capture that its text was made from.
//!
//! C4 and OSCAR hold text alone. The answer of the server, with its status and its headers, stands in Common Crawl, and a
//! derived record names it: OSCAR by the id of the record, C4 by address and time.
//!
//! ```text
//! derived    the rows that are traced, by all that a capture can be known by
//! index      lines of a capture index (CDXJ)
//! capture    captures: rows of another folder of evidence, or lines of an index
//! origins    which of them a row is traced to
//! rights     what the headers of a capture say about rights
//! output     origins.csv and trace.json
//! ```

pub mod capture;
pub mod derived;
pub mod index;
pub mod origins;
pub mod output;
pub mod rights;
