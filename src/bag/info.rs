//! `bag-info.txt`: what the bag is, and what its seals need to be checked again.

use super::files::Hashed;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// The program that sealed.
    pub agent: String,
    /// Day of sealing, UTC, as `2026-01-31`.
    pub date: String,
    /// The statements of scope, one for each language.
    pub descriptions: Vec<String>,
    /// What the user had to say.
    pub comment: Option<String>,
    /// Payload bytes and files, as `bytes.files`.
    pub oxum: String,
    /// Whose bag it is.
    pub organization: Option<String>,
    /// The public minisign key of the signature, in Base64, if there is one.
    pub key: Option<String>,
    /// The nonce of the time-stamp query. It stands here so that the query can be computed again.
    pub nonce: u64,
}

const AGENT: &str = "Bag-Software-Agent";
const DATE: &str = "Bagging-Date";
const DESCRIPTION: &str = "External-Description";
const COMMENT: &str = "Internal-Sender-Description";
const OXUM: &str = "Payload-Oxum";
const ORGANIZATION: &str = "Source-Organization";
const KEY: &str = "Signature-Key";
const NONCE: &str = "Time-Stamp-Nonce";

/// `Payload-Oxum` of these files.
pub fn oxum(payload: &[Hashed]) -> String {
    format!("{}.{}", payload.iter().map(|file| file.bytes).sum::<u64>(), payload.len())
}

impl Info {
    /// The text of the file. Values are one line each.
    pub fn render(&self) -> String {
        let optional = |name, value: &Option<String>| value.as_ref().map(|value| (name, value.clone()));
        let lines = [(AGENT, self.agent.clone()), (DATE, self.date.clone())]
            .into_iter()
            .chain(self.descriptions.iter().map(|text| (DESCRIPTION, text.clone())))
            .chain(optional(COMMENT, &self.comment))
            .chain([(OXUM, self.oxum.clone())])
            .chain(optional(KEY, &self.key))
            .chain(optional(ORGANIZATION, &self.organization))
            .chain([(NONCE, format!("{:016x}", self.nonce))]);
        lines.map(|(name, value)| format!("{name}: {}\n", one_line(&value))).collect()
    }

    /// Reads what [`Info::render`] wrote. `None` for anything else, by a single byte.
    pub fn parse(text: &[u8]) -> Option<Info> {
        let text = std::str::from_utf8(text).ok()?;
        let mut info = Info::default();
        let mut nonce = None;
        for line in text.lines() {
            let (name, value) = line.split_once(": ")?;
            let value = value.to_owned();
            match name {
                AGENT => info.agent = value,
                DATE => info.date = value,
                DESCRIPTION => info.descriptions.push(value),
                COMMENT => info.comment = Some(value),
                OXUM => info.oxum = value,
                ORGANIZATION => info.organization = Some(value),
                KEY => info.key = Some(value),
                NONCE => nonce = u64::from_str_radix(&value, 16).ok(),
                _ => return None,
            }
        }
        info.nonce = nonce?;
        (info.render() == text).then_some(info)
    }
}

/// A line end or a control character in a value would forge a line of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_a_value_is_one_line() {
        let info = Info {
            agent: "shardproof 1".into(),
            date: "2026-01-31".into(),
            descriptions: vec!["Of 1 shard: all.".into(), "Sur 1 fichier : tout.".into()],
            comment: Some("Case 7".into()),
            oxum: "12.3".into(),
            organization: Some("Press".into()),
            key: None,
            nonce: 0x00ab,
        };
        let text = info.render();
        assert!(text.contains("Time-Stamp-Nonce: 00000000000000ab\n"), "{text}");
        assert_eq!(Info::parse(text.as_bytes()), Some(info.clone()));
        assert_eq!(Info::parse(text.replace("00ab", "00AB").as_bytes()), None);
        assert_eq!(Info::parse(text.trim_end().as_bytes()), None);
        let forged = Info { comment: Some("a\nPayload-Oxum: 0.0".into()), ..info };
        assert_eq!(forged.render().matches("\nPayload-Oxum: ").count(), 1);
    }
}
