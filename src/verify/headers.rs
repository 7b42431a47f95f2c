//! The heads of the tables: a column that stands twice is two tables in one, and each reader takes its own.

use std::path::Path;

use serde_json::Value;

use super::folder::Trouble;
use crate::evidence::reading;

/// The tables that `manifest` lists and in whose header a column stands twice. A table that cannot be read is named where
/// its bytes are held against the manifest.
pub fn check(folder: &Path, manifest: &Value) -> Vec<Trouble> {
    let outputs = manifest.get("outputs").and_then(Value::as_array).into_iter().flatten();
    let names = outputs.filter_map(|output| output.get("path")?.as_str());
    let tables = names.filter(|name| name.ends_with(".csv") && !name.contains(".."));
    tables.filter_map(|name| trouble(folder, name)).collect()
}

fn trouble(folder: &Path, name: &str) -> Option<Trouble> {
    let mut table = csv::Reader::from_path(folder.join(name)).ok()?;
    let column = reading::twice(table.headers().ok()?)?;
    Some(Trouble::new(
        name,
        format!("has the column `{column}` twice: nobody can tell which of the two counts"),
    ))
}
