//! What invitees are asked, and whether their answers will do.

use std::collections::BTreeMap;

use kernel::{FieldError, text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answers, by the key of the question: a text, a number, yes or no, or a list of texts.
pub type Answers = BTreeMap<String, Value>;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// One of the options.
    Choice,
    /// Some of the options.
    Several,
    /// Yes or no; a required one must be yes.
    YesNo,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
}

/// Something that invitees are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What answers and merge tags call it: a-z, 0-9 and underscores.
    #[schema(example = "company")]
    pub key: String,
    /// The question.
    #[schema(example = "What is your company called?")]
    pub label: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// A hint below it.
    #[serde(default)]
    pub help: Option<String>,
    /// Whether an answer is needed.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen, of `choice` and `several`.
    #[serde(default)]
    pub options: Vec<String>,
}

const MAX_QUESTIONS: usize = 30;
const MAX_OPTIONS: usize = 50;
const MAX_LABEL: usize = 500;
const MAX_LINE: usize = 500;
const MAX_TEXT: usize = 5_000;

/// Faults of the questions of an event type.
pub(super) fn check(questions: &[Question], errors: &mut Vec<FieldError>) {
    if questions.len() > MAX_QUESTIONS {
        errors.push(FieldError::new(
            "settings.questions",
            "too_many",
            format!("ask at most {MAX_QUESTIONS} questions"),
        ));
    }
    for (index, one) in questions.iter().enumerate() {
        let field = |name: &str| format!("settings.questions[{index}].{name}");
        let plain =
            (one.key.bytes()).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if one.key.is_empty() || one.key.len() > 60 || !plain {
            errors.push(FieldError::new(
                field("key"),
                "invalid",
                "use 1 to 60 of a-z, 0-9 and underscores",
            ));
        }
        if questions[..index].iter().any(|other| other.key == one.key) {
            errors.push(FieldError::new(
                field("key"),
                "duplicate",
                "another question has this key",
            ));
        }
        match text::one_line(&one.label, MAX_LABEL) {
            Ok("") => errors.push(FieldError::new(
                field("label"),
                "required",
                "write the question",
            )),
            Ok(_) => {}
            Err(fault) => errors.push(fault.at(field("label"))),
        }
        if let Some(help) = &one.help
            && let Err(fault) = text::several_lines(help, MAX_LABEL)
        {
            errors.push(fault.at(field("help")));
        }
        let chooses = matches!(one.kind, QuestionKind::Choice | QuestionKind::Several);
        if chooses && one.options.is_empty() {
            errors.push(FieldError::new(
                field("options"),
                "required",
                "give at least one option",
            ));
        }
        if one.options.len() > MAX_OPTIONS {
            errors.push(FieldError::new(
                field("options"),
                "too_many",
                format!("give at most {MAX_OPTIONS} options"),
            ));
        }
        for option in &one.options {
            if let Err(fault) = text::one_line(option, MAX_LINE) {
                errors.push(fault.at(field("options")));
            }
        }
    }
}

/// The answers as they are kept: of known questions, trimmed, without empty ones.
pub(crate) fn answered(
    questions: &[Question],
    answers: &Answers,
) -> Result<Answers, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut kept = Answers::new();
    for key in answers.keys() {
        if !questions.iter().any(|one| one.key == *key) {
            errors.push(FieldError::new(
                format!("answers.{key}"),
                "unknown",
                "there is no such question",
            ));
        }
    }
    for question in questions {
        let given = answers.get(&question.key).unwrap_or(&Value::Null);
        match answer(question, given) {
            Ok(Some(value)) => {
                kept.insert(question.key.clone(), value);
            }
            Ok(None) if question.required => errors.push(FieldError::new(
                format!("answers.{}", question.key),
                "required",
                "answer this question",
            )),
            Ok(None) => {}
            Err(fault) => errors.push(fault),
        }
    }
    if errors.is_empty() {
        Ok(kept)
    } else {
        Err(errors)
    }
}

/// One answer; `None` if there is none.
fn answer(question: &Question, given: &Value) -> Result<Option<Value>, FieldError> {
    let field = format!("answers.{}", question.key);
    let wrong = |what: &str| Err(FieldError::new(field.clone(), "wrong_type", what));
    let known = |text: &str| question.options.iter().any(|it| it.trim() == text);
    let not_offered = || FieldError::new(field.clone(), "unknown", "choose one of the options");
    if given.is_null() {
        return Ok(None);
    }
    match question.kind {
        QuestionKind::YesNo => match given {
            Value::Bool(false) if question.required => Ok(None),
            Value::Bool(yes) => Ok(Some(Value::Bool(*yes))),
            _ => wrong("expected true or false"),
        },
        QuestionKind::Number => match given {
            Value::Number(number) => Ok(Some(Value::Number(number.clone()))),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            // Forms send text.
            Value::String(text) => match serde_json::from_str::<serde_json::Number>(text.trim()) {
                Ok(number) => Ok(Some(Value::Number(number))),
                Err(_) => wrong("expected a number"),
            },
            _ => wrong("expected a number"),
        },
        QuestionKind::Several => {
            let Value::Array(list) = given else {
                return wrong("expected a list of options");
            };
            let mut chosen: Vec<Value> = Vec::new();
            for one in list {
                let text = one.as_str().map(str::trim).unwrap_or_default();
                if !known(text) {
                    return Err(not_offered());
                }
                let value = Value::from(text);
                if !chosen.contains(&value) {
                    chosen.push(value);
                }
            }
            Ok((!chosen.is_empty()).then_some(Value::Array(chosen)))
        }
        QuestionKind::Text
        | QuestionKind::LongText
        | QuestionKind::Choice
        | QuestionKind::Phone => {
            let Value::String(given) = given else {
                return wrong("expected a text");
            };
            let checked = match question.kind {
                QuestionKind::LongText => text::several_lines(given, MAX_TEXT),
                _ => text::one_line(given, MAX_LINE),
            };
            let text = checked.map_err(|fault| fault.at(field.clone()))?;
            if text.is_empty() {
                return Ok(None);
            }
            if question.kind == QuestionKind::Choice && !known(text) {
                return Err(not_offered());
            }
            if question.kind == QuestionKind::Phone {
                let phone = audience::subscribers::phone(text).map_err(|fault| fault.at(field))?;
                return Ok(phone.map(Value::from));
            }
            Ok(Some(Value::from(text)))
        }
    }
}
