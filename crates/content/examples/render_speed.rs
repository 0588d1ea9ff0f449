//! What one message costs: CPU microseconds for compiling a revision and for rendering a newsletter of 18 kB with ten
//! links and two merge fields, with its text alternative. `cargo run --release -p content --example render_speed`

#![expect(clippy::print_stdout, reason = "prints its figures")]

use std::time::Instant;

use content::{
    Body, CompileOptions, Compiled, Document, FieldValue, Person, Slots, Surroundings, Values,
};

struct Tracked;

impl Slots for Tracked {
    fn link(&self, number: u32) -> String {
        format!("https://mail.example.com/c/1.AAECAwQFBgc.{number}.0123456789abcdef")
    }

    fn open_pixel_url(&self) -> Option<String> {
        Some("https://mail.example.com/o/1.AAECAwQFBgc.0123456789abcdef".to_owned())
    }

    fn unsubscribe_url(&self) -> String {
        "https://mail.example.com/u/1.AAECAwQFBgc.0123456789abcdef".to_owned()
    }

    fn web_version_url(&self) -> String {
        "https://mail.example.com/w/1.AAECAwQFBgc.0123456789abcdef".to_owned()
    }

    fn preferences_url(&self) -> String {
        "https://mail.example.com/p/1.AAECAwQFBgc.0123456789abcdef".to_owned()
    }
}

fn newsletter() -> Document {
    let mut html =
        "<!doctype html><html><head><style>.a { color: #333 }</style></head><body>\n".to_owned();
    html.push_str("<h1>Hello {{ first_name | default(\"there\") }}</h1><p>News for {{ city | default(\"you\") }}.</p>\n");
    for story in 0..9 {
        html.push_str("<table role=\"presentation\" style=\"width:100%;border:0\"><tr><td>");
        while html.len() < (story + 1) * 1950 {
            html.push_str("<p style=\"margin:0 0 16px;font-size:16px\">Coffee from small farms, roasted this week.</p>\n");
        }
        let link =
            format!("<a href=\"https://shop.example.com/story/{story}?a=1&amp;b=2\">Read on</a>");
        html.push_str(&link);
        html.push_str("</td></tr></table>\n");
    }
    html.push_str(
        "<p><a href=\"https://shop.example.com/account?e={{ email | urlencode }}\">Account</a> ",
    );
    html.push_str("<a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p></body></html>\n");
    Document {
        subject: "{{ first_name | default(\"Hello\") }}, the spring list is here".to_owned(),
        preheader: Some("Small farms, roasted this week".to_owned()),
        body: Body::Html { html, text: None },
    }
}

fn values(number: usize, around: &Surroundings) -> Values {
    let email = format!("person{number}@example.com");
    let person = Person {
        email: &email,
        first_name: Some("Ada"),
        ..Person::default()
    };
    Values::new(&person, around).with_field("city", FieldValue::Text("Oslo"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = newsletter();
    let around = Surroundings {
        account_name: "Finca Verde".to_owned(),
        account_address: "Calle 1, Bogotá".to_owned(),
        campaign_name: "Spring".to_owned(),
    };
    let compile = || {
        Compiled::compile(&document, CompileOptions::default())
            .map_err(|findings| format!("{findings:?}"))
    };
    let compiled = compile()?;
    let sample = compiled.render(&values(0, &around), &Tracked)?;
    println!(
        "HTML {} bytes, text {} bytes, {} tracked links",
        sample.html.map_or(0, |html| html.len()),
        sample.text.len(),
        compiled.links().len()
    );

    let rounds = 200;
    let start = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(compile()?);
    }
    println!("compile: {:.0} us", micros(start, rounds));

    let rounds = 50_000;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for number in 0..rounds {
            let values = values(number, &around);
            std::hint::black_box(compiled.render(&values, &Tracked)?);
        }
        best = best.min(micros(start, rounds));
    }
    println!("render, with building the values: {best:.1} us (best of 5 x {rounds}, one thread)");
    Ok(())
}

fn micros(start: Instant, rounds: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / rounds as f64
}
