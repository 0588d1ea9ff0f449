//! The form of a booking, and what comes back in it.

use ctx::Ctx;
use kernel::{EmailAddress, Error, FieldError, TimeZone, Timestamp};
use serde_json::Value;
use web::html::{Markup, Slot};

use super::fields::Fields;
use super::guard;
use super::view::{Icon, Offer, Scene, about, chosen_minutes, fact, hidden, place, when};
use crate::bookings::NewBooking;
use crate::event_types::{Answers, Location, Question, QuestionKind, answered};

/// What the trap field is called. People do not see it; programs that fill in everything do.
const TRAP: &str = "website";

/// The name of the field of a question.
fn name_of(question: &Question) -> String {
    format!("q_{}", question.key)
}

/// The whole page with the form for a start, of which one can have `most` seats.
pub(super) fn page(
    ctx: &Ctx,
    scene: Scene<'_>,
    offer: &Offer,
    (start, end): (Timestamp, Timestamp),
    (zone, most): (&TimeZone, u32),
    faults: &[FieldError],
) -> Markup {
    let words = scene.words;
    let path = offer.path();
    let facts = fact(Icon::Day, &when(words, (start, end), zone));
    let about = about(scene, offer, &facts, &path);
    let start_text = start.to_string();
    let minutes = chosen_minutes(scene.fields, &offer.event).to_string();
    let seal = guard::seal(ctx, offer.account, &offer.event.id.to_string());
    let sealed = hidden(
        scene
            .fields
            .kept()
            .filter(|(name, _)| !matches!(*name, "name" | "email" | "tz" | "minutes"))
            .chain([
                ("tz", zone.name()),
                ("start", start_text.as_str()),
                ("minutes", minutes.as_str()),
                ("t", seal.as_str()),
                ("hold", scene.fields.get("hold").unwrap_or_default()),
            ]),
    );
    let day = start.to_jiff().to_zoned(zone.to_jiff()).date().to_string();
    let back = scene.fields.link(&path, &[("date", &*day)]);
    let button = if offer.event.settings.needs_approval {
        "request"
    } else {
        "confirm"
    };
    Markup::fill(
        "<main class=\"book form\" data-zone=\"{zone}\">{about}<section><h2 id=\"form-title\" tabindex=\"-1\">{title}</h2>\
         <form method=\"post\" action=\"{path}\" data-hold=\"{path}/hold\" data-release=\"{path}/release\" novalidate>\
         {sealed}<p class=\"note\" data-taken hidden>{taken}</p>{summary}{fields}\
         <div class=\"hp\" aria-hidden=\"true\"><label>Website<input name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></label></div>\
         <div class=\"row-of\"><button>{button}</button><a class=\"button second\" href=\"{back}\" data-swap=\"#times-of\">{back_text}</a></div>\
         </form></section></main>",
        &[
            ("zone", zone.name().into()),
            ("about", (&about).into()),
            ("title", words.text("your_details").into()),
            ("path", Slot::Link(&path)),
            ("sealed", (&sealed).into()),
            ("taken", words.text("taken_soft").into()),
            ("summary", (&summary(scene, faults)).into()),
            ("fields", (&inputs(scene, offer, most, faults)).into()),
            ("button", words.text(button).into()),
            ("back", Slot::Link(&back)),
            ("back_text", words.text("back").into()),
        ],
    )
}

/// That something is wrong, for who does not see it at its field.
fn summary(scene: Scene<'_>, faults: &[FieldError]) -> Markup {
    let Some(first) = faults.first() else {
        return Markup::default();
    };
    // What belongs to no field is said here.
    let key = match first.field.as_str() {
        "t" => "fault_form_old",
        _ => "faults",
    };
    Markup::fill(
        "<p class=\"note bad\" role=\"alert\">{text}</p>",
        &[("text", scene.words.text(key).into())],
    )
}

fn inputs(scene: Scene<'_>, offer: &Offer, most: u32, faults: &[FieldError]) -> Markup {
    let settings = &offer.event.settings;
    let fault = |field: &str| faults.iter().find(|fault| fault.field == field);
    let mut out = person(scene, most, faults);
    if settings.locations.len() > 1 {
        out.push(&places(scene, &settings.locations, fault("location")));
    }
    let calls = settings.locations.contains(&Location::CallInvitee);
    if calls {
        let needed = settings.locations.len() == 1;
        let field = Field {
            scene,
            name: "phone",
            label: scene.words.text("phone"),
            help: None,
            required: needed,
            fault: fault("phone"),
        };
        let value = scene.fields.get("phone").unwrap_or_default();
        out.push(&field.input("tel", "tel", value));
    }
    for question in &settings.questions {
        let wrong = fault(&format!("answers.{}", question.key));
        out.push(&asked(scene, question, wrong));
    }
    out
}

/// Who somebody is, and how many they come as, of at most so many.
pub(super) fn person(scene: Scene<'_>, most: u32, faults: &[FieldError]) -> Markup {
    let field = |name: &'static str| Field {
        scene,
        name,
        label: scene.words.text(name),
        help: None,
        required: true,
        fault: faults.iter().find(|fault| fault.field == name),
    };
    let value = |name: &str| scene.fields.get(name).unwrap_or_default();
    let mut out = field("name").input("text", "name", value("name"));
    out.push(&field("email").input("email", "email", value("email")));
    if most > 1 {
        let chosen = scene.fields.get("seats").unwrap_or("1");
        out.push(&field("seats").number(most, chosen));
    }
    out
}

fn places(scene: Scene<'_>, locations: &[Location], fault: Option<&FieldError>) -> Markup {
    let chosen = scene.fields.number::<usize>("location").unwrap_or(0);
    let options: Vec<(String, String, bool)> = locations
        .iter()
        .enumerate()
        .map(|(at, one)| (at.to_string(), place(scene.words, one), at == chosen))
        .collect();
    Field {
        scene,
        name: "location",
        label: scene.words.text("location"),
        help: None,
        required: true,
        fault,
    }
    .choices("radio", &options)
}

/// A question with whatever answers it.
fn asked(scene: Scene<'_>, question: &Question, fault: Option<&FieldError>) -> Markup {
    let name = name_of(question);
    let field = Field {
        scene,
        name: &name,
        label: &question.label,
        help: question.help.as_deref(),
        required: question.required,
        fault,
    };
    let value = scene.fields.get(&name).unwrap_or_default();
    let options = || -> Vec<(String, String, bool)> {
        question
            .options
            .iter()
            .map(|one| one.trim().to_owned())
            .map(|one| {
                let chosen = scene.fields.all(&name).any(|given| given == one);
                (one.clone(), one, chosen)
            })
            .collect()
    };
    match question.kind {
        QuestionKind::Text | QuestionKind::Number => field.input("text", "off", value),
        QuestionKind::Phone => field.input("tel", "tel", value),
        QuestionKind::LongText => field.area(value),
        QuestionKind::Choice => field.choices("radio", &options()),
        QuestionKind::Several => field.choices("checkbox", &options()),
        QuestionKind::YesNo => field.check(value == "true"),
    }
}

/// A field of a form.
pub(super) struct Field<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) help: Option<&'a str>,
    pub(super) required: bool,
    pub(super) fault: Option<&'a FieldError>,
}

impl Field<'_> {
    pub(super) fn input(&self, kind: &str, complete: &str, value: &str) -> Markup {
        self.wrap(&Markup::fill(
            "<input id=\"{name}\" name=\"{name}\" type=\"{kind}\" autocomplete=\"{complete}\" value=\"{value}\"{state}>",
            &[
                ("name", self.name.into()),
                ("kind", kind.into()),
                ("complete", complete.into()),
                ("value", value.into()),
                ("state", (&self.state()).into()),
            ],
        ))
    }

    /// A whole number from 1 on.
    fn number(&self, most: u32, value: &str) -> Markup {
        self.wrap(&Markup::fill(
            "<input id=\"{name}\" name=\"{name}\" type=\"number\" inputmode=\"numeric\" min=\"1\" max=\"{most}\" step=\"1\" \
             value=\"{value}\"{state}>",
            &[
                ("name", self.name.into()),
                ("most", (&most.to_string()).into()),
                ("value", value.into()),
                ("state", (&self.state()).into()),
            ],
        ))
    }

    fn area(&self, value: &str) -> Markup {
        self.wrap(&Markup::fill(
            "<textarea id=\"{name}\" name=\"{name}\" rows=\"4\"{state}>{value}</textarea>",
            &[
                ("name", self.name.into()),
                ("value", value.into()),
                ("state", (&self.state()).into()),
            ],
        ))
    }

    /// Label, hint and fault around an input.
    fn wrap(&self, input: &Markup) -> Markup {
        Markup::fill(
            "<div class=\"field\"><label for=\"{name}\">{label}{need}</label>{input}{notes}</div>",
            &[
                ("name", self.name.into()),
                ("label", self.label.into()),
                ("need", (&self.need()).into()),
                ("input", input.into()),
                ("notes", (&self.notes()).into()),
            ],
        )
    }

    fn choices(&self, kind: &str, options: &[(String, String, bool)]) -> Markup {
        let rows: Markup = options
            .iter()
            .map(|(value, shown, chosen)| {
                let state = Markup::fill(if *chosen { " checked" } else { "" }, &[]);
                Markup::fill(
                    "<label class=\"row\"><input type=\"{kind}\" name=\"{name}\" value=\"{value}\"{state}><span>{shown}</span></label>",
                    &[
                        ("kind", kind.into()),
                        ("name", self.name.into()),
                        ("value", value.into()),
                        ("state", (&state).into()),
                        ("shown", shown.into()),
                    ],
                )
            })
            .collect();
        Markup::fill(
            "<fieldset{state}><legend>{label}{need}</legend>{rows}{notes}</fieldset>",
            &[
                ("state", (&self.described()).into()),
                ("label", self.label.into()),
                ("need", (&self.need()).into()),
                ("rows", (&rows).into()),
                ("notes", (&self.notes()).into()),
            ],
        )
    }

    fn check(&self, checked: bool) -> Markup {
        let mark = Markup::fill(if checked { " checked" } else { "" }, &[]);
        Markup::fill(
            "<div class=\"field\"><label class=\"row\"><input type=\"checkbox\" name=\"{name}\" value=\"true\"{mark}{state}>\
             <span>{label}{need}</span></label>{notes}</div>",
            &[
                ("name", self.name.into()),
                ("mark", (&mark).into()),
                ("state", (&self.state()).into()),
                ("label", self.label.into()),
                ("need", (&self.need()).into()),
                ("notes", (&self.notes()).into()),
            ],
        )
    }

    fn need(&self) -> Markup {
        if self.required {
            return Markup::default();
        }
        Markup::fill(
            " <span class=\"need\">({optional})</span>",
            &[("optional", self.scene.words.text("optional").into())],
        )
    }

    /// What programs that read the page aloud must know.
    fn state(&self) -> Markup {
        let mut state = Markup::fill(if self.required { " required" } else { "" }, &[]);
        if self.fault.is_some() {
            state.push(&Markup::fill(" aria-invalid=\"true\"", &[]));
        }
        state.push(&self.described());
        state
    }

    fn described(&self) -> Markup {
        if self.fault.is_none() && self.help.is_none() {
            return Markup::default();
        }
        Markup::fill(
            " aria-describedby=\"{name}-notes\"",
            &[("name", self.name.into())],
        )
    }

    fn notes(&self) -> Markup {
        let mut notes = Markup::default();
        if let Some(help) = self.help {
            notes.push(&Markup::fill(
                "<p class=\"hint\">{help}</p>",
                &[("help", help.into())],
            ));
        }
        if let Some(fault) = self.fault {
            let key = format!("fault_{}", fault.code);
            let key = match &*fault.code {
                "control_character" | "invalid_email" | "not_allowed" | "out_of_range"
                | "required" | "too_long" | "unknown" | "wrong_type" => key.as_str(),
                _ => "fault_invalid",
            };
            notes.push(&Markup::fill(
                "<p class=\"wrong\">{text}</p>",
                &[("text", self.scene.words.text(key).into())],
            ));
        }
        if notes == Markup::default() {
            return notes;
        }
        Markup::fill(
            "<div id=\"{name}-notes\">{notes}</div>",
            &[("name", self.name.into()), ("notes", (&notes).into())],
        )
    }
}

/// Whether a form was filled in by a program that fills in everything.
pub(super) fn is_trapped(fields: &Fields) -> bool {
    fields.has(TRAP)
}

/// What a form asks for.
pub(super) fn read(scene: Scene<'_>, offer: &Offer) -> Result<NewBooking, Error> {
    let fields = scene.fields;
    let settings = &offer.event.settings;
    let mut faults = Vec::new();
    let start = fields.instant("start");
    if start.is_none() {
        faults.push(FieldError::new("start", "required", "choose a time"));
    }
    let (name, email, seats) = who(fields, &mut faults);
    let answers = answers(fields, &settings.questions);
    if let Err(more) = answered(&settings.questions, &answers) {
        faults.extend(more);
    }
    let (Some(start), Some(email), true) = (start, email, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    Ok(NewBooking {
        event_type: offer.event.id,
        start,
        minutes: fields.number("minutes"),
        seats,
        host: fields
            .get("host")
            .and_then(|slug| offer.hosts.iter().find(|host| host.slug == slug))
            .map(|host| host.id),
        hold: fields.get("hold").map(str::to_owned),
        name,
        email,
        phone: fields.get("phone").map(str::to_owned),
        time_zone: fields.zone().unwrap_or_else(|| offer.zone()),
        language: Some(scene.words.language.tag().to_owned()),
        answers,
        location: fields
            .number("location")
            .filter(|_| settings.locations.len() > 1),
        source: if fields.embedded() { "embed" } else { "page" },
    })
}

/// Who somebody says they are, and how many they come as; without an address if there is a fault.
pub(super) fn who(
    fields: &Fields,
    faults: &mut Vec<FieldError>,
) -> (String, Option<EmailAddress>, u32) {
    let email = match fields.get("email").map(EmailAddress::parse) {
        Some(Ok(email)) => Some(email),
        Some(Err(why)) => {
            let message = format!("the address {why}");
            faults.push(FieldError::new("email", "invalid_email", message));
            None
        }
        None => {
            faults.push(FieldError::new("email", "required", "give an address"));
            None
        }
    };
    let name = fields.get("name").unwrap_or_default().to_owned();
    if name.is_empty() {
        faults.push(FieldError::new("name", "required", "give a name"));
    }
    let seats = match fields.get("seats") {
        None => Some(1),
        Some(_) => fields.number::<u32>("seats").filter(|seats| *seats > 0),
    };
    if seats.is_none() {
        faults.push(FieldError::new("seats", "out_of_range", "give a number"));
    }
    (name, email, seats.unwrap_or(1))
}

/// What was answered, of questions that there are; whether it will do is decided where it is booked.
fn answers(fields: &Fields, questions: &[Question]) -> Answers {
    let mut answers = Answers::new();
    for question in questions {
        let name = name_of(question);
        let value = match question.kind {
            QuestionKind::Several => {
                let all: Vec<Value> = fields
                    .all(&name)
                    .filter(|one| !one.is_empty())
                    .map(Value::from)
                    .collect();
                if all.is_empty() {
                    continue;
                }
                Value::Array(all)
            }
            QuestionKind::YesNo => Value::Bool(fields.get(&name) == Some("true")),
            _ => match fields.get(&name) {
                Some(text) => Value::from(text),
                None => continue,
            },
        };
        answers.insert(question.key.clone(), value);
    }
    answers
}
