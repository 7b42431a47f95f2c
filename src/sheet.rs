//! Tables that people export from a spreadsheet: what parts their cells.

/// Tells by the header line what parts the cells: a comma, a semicolon (as Excel writes where the comma is the
/// decimal sign) or a tab.
pub fn delimiter(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    // Of equals the last one is taken, so the comma stands last.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// The delimiter that a line `sep=;` states. Some programs write it before the header, for Excel; it is no row.
pub fn stated_delimiter(line: &str) -> Option<u8> {
    let (name, delimiter) = line.trim_matches(['"', ' ', '\r']).split_once('=')?;
    match delimiter.as_bytes() {
        [delimiter @ (b',' | b';' | b'\t' | b'|')] if name.eq_ignore_ascii_case("sep") => Some(*delimiter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_told_by_the_header() {
        assert_eq!(delimiter("id,text"), b',');
        assert_eq!(delimiter("id;text;a,b"), b';');
        assert_eq!(delimiter("id\ttext"), b'\t');
        assert_eq!(delimiter("text"), b',');
        assert_eq!(delimiter(""), b',');
    }

    #[test]
    fn a_line_may_state_the_delimiter() {
        for (line, delimiter) in [("sep=;", b';'), ("SEP=,\r", b','), ("\"sep=;\"", b';'), ("sep=\t", b'\t')]
        {
            assert_eq!(stated_delimiter(line), Some(delimiter), "{line:?}");
        }
        for line in ["", "sep", "sep=", "sep=ab", "sep;title", "separator=;"] {
            assert_eq!(stated_delimiter(line), None, "{line:?}");
        }
    }
}
