//! Web addresses: which scheme, which are safe to send people to, and how values are encoded into them.

/// Longest address.
const MAX_BYTES: usize = 4096;

/// The scheme of an address in lower case, as browsers see it: they skip white space and control characters.
pub(crate) fn scheme(url: &str) -> Option<String> {
    let mut scheme = String::new();
    for c in url
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
    {
        match c {
            ':' if !scheme.is_empty() => return Some(scheme),
            'a'..='z' | 'A'..='Z' => scheme.push(c.to_ascii_lowercase()),
            '0'..='9' | '+' | '-' | '.' if !scheme.is_empty() => scheme.push(c),
            _ => return None,
        }
    }
    None
}

/// Whether more text could make this the scheme of an address.
pub(crate) fn may_be_scheme(start: &str) -> bool {
    scheme(&format!("{start}:")).is_some()
}

pub(crate) fn is_web(url: &str) -> bool {
    matches!(scheme(url).as_deref(), Some("http" | "https"))
}

/// Schemes a link may have besides the web's; they are never tracked.
pub(crate) fn is_contact(url: &str) -> bool {
    matches!(scheme(url).as_deref(), Some("mailto" | "tel" | "sms"))
}

/// An absolute http or https address without user name, fit for a Location header. The error completes "the link ...".
pub(crate) fn absolute(url: &str) -> Result<String, &'static str> {
    let url = url.trim();
    if url.is_empty() {
        return Err("leads nowhere");
    }
    if url.len() > MAX_BYTES {
        return Err("is longer than 4096 bytes");
    }
    let scheme = match scheme(url).as_deref() {
        Some("http") => "http",
        Some("https") => "https",
        _ => return Err("does not begin with http:// or https://"),
    };
    let rest = url
        .get(scheme.len()..)
        .and_then(|rest| rest.strip_prefix("://"))
        .ok_or("does not begin with http:// or https://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains(['@', '\\', '%']) {
        return Err("has a user name or other extras before its domain");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.len() > 5 || !port.bytes().all(|b| b.is_ascii_digit())) {
        return Err("has an invalid port");
    }
    let host = if let Some(inside) = host.strip_prefix('[') {
        let inside = inside.strip_suffix(']').ok_or("has an invalid domain")?;
        if inside.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("has an invalid domain");
        }
        host.to_owned()
    } else {
        idna::domain_to_ascii_strict(host).map_err(|_| "has an invalid domain")?
    };
    if host.is_empty() {
        return Err("has no domain");
    }
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let mut target = format!("{scheme}://{host}{port}");
    encode_into(path, is_url_char, &mut target);
    Ok(target)
}

/// Encodes only what no address may contain, so that an address stays as it is. Letters of other scripts stay too: they
/// may be part of a domain, where encoding them would be wrong.
pub(crate) fn tidy(url: &str) -> String {
    encode(url.trim(), |c| is_url_char(c) || !c.is_ascii())
}

/// For a value inside a query, or anywhere its meaning must not change: everything but letters, digits and `-._~`.
pub(crate) fn encode_component(text: &str) -> String {
    encode(text, is_unreserved)
}

/// For a value inside a path: slashes stay.
pub(crate) fn encode_path(text: &str) -> String {
    encode(text, |c| is_unreserved(c) || c == '/')
}

/// For a value inside a domain: only what domains are made of stays, the rest goes.
pub(crate) fn only_host(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '.')
        .collect()
}

fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~".contains(c)
}

fn is_url_char(c: char) -> bool {
    is_unreserved(c) || ":/?#[]@!$&'()*+,;=%".contains(c)
}

fn encode(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    encode_into(text, keep, &mut out);
    out
}

fn encode_into(text: &str, keep: impl Fn(char) -> bool, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for c in text.chars() {
        if keep(c) {
            out.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}
