//! What the names of elements mean for the text of a page.

use html5gum::State;

/// Whether a reader sees the element as a box of its own, so that words before, in and behind it are apart.
pub(super) fn is_block(tag: &[u8]) -> bool {
    is_flow(tag) || is_section(tag) || is_control(tag)
}

fn is_flow(tag: &[u8]) -> bool {
    let is_table = matches!(
        tag,
        b"td" | b"tr" | b"th" | b"table" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"colgroup" | b"col"
    );
    is_table
        || matches!(tag, b"p" | b"div" | b"br" | b"hr" | b"pre" | b"blockquote" | b"center" | b"address")
        || matches!(tag, b"li" | b"ul" | b"ol" | b"dd" | b"dl" | b"dt" | b"dir" | b"menu")
        || matches!(tag, b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"hgroup")
        || matches!(tag, b"listing" | b"xmp" | b"plaintext" | b"figure" | b"figcaption")
}

fn is_section(tag: &[u8]) -> bool {
    matches!(tag, b"html" | b"head" | b"body" | b"title" | b"frameset" | b"nav" | b"main" | b"aside")
        || matches!(tag, b"article" | b"section" | b"header" | b"footer" | b"search")
        || matches!(tag, b"details" | b"summary" | b"dialog")
}

fn is_control(tag: &[u8]) -> bool {
    matches!(tag, b"form" | b"fieldset" | b"legend" | b"select" | b"option" | b"optgroup" | b"datalist")
        || matches!(
            tag,
            b"button" | b"textarea" | b"iframe" | b"video" | b"audio" | b"object" | b"canvas" | b"svg"
        )
}

/// How the standard reads what is in an element: as markup (`None`), or as text up to its own end tag.
pub(super) fn raw_state(tag: &[u8]) -> Option<State> {
    match tag {
        b"title" | b"textarea" => Some(State::RcData),
        b"script" => Some(State::ScriptData),
        b"style" | b"noscript" | b"iframe" | b"xmp" | b"noembed" | b"noframes" => Some(State::RawText),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// Whether a tag shows that an `svg` element ended without its end tag: it is one that cannot be in it.
pub(super) fn ends_svg(tag: &[u8]) -> bool {
    (is_block(tag) && tag != b"title" && tag != b"svg")
        || matches!(
            tag,
            b"b" | b"big" | b"code" | b"em" | b"embed" | b"i" | b"img" | b"meta" | b"nobr" | b"ruby"
        )
        || matches!(tag, b"s" | b"small" | b"span" | b"strong" | b"strike" | b"sub" | b"sup" | b"tt" | b"u")
        || matches!(tag, b"var" | b"label" | b"input")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_told_from_what_stands_in_a_line() {
        assert!(
            [b"p".as_slice(), b"br", b"td", b"h1", b"article", b"option", b"title"]
                .iter()
                .all(|tag| is_block(tag))
        );
        assert!(
            ![b"a".as_slice(), b"b", b"span", b"wbr", b"script", b"img", b""].iter().any(|tag| is_block(tag))
        );
    }

    #[test]
    fn an_svg_element_ends_at_what_cannot_be_in_it() {
        assert!([b"p".as_slice(), b"span", b"body", b"img"].iter().all(|tag| ends_svg(tag)));
        // `a`, `title`, `style` and `script` are elements of both.
        assert!(
            ![b"a".as_slice(), b"title", b"style", b"script", b"path", b"g"].iter().any(|tag| ends_svg(tag))
        );
    }
}
