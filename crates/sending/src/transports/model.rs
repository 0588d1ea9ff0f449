//! What a transport is.

use kernel::{AccountId, FieldError, Timestamp, text};
use mail::smtp::{Credentials, Security, SmtpConfig, Trust};
use serde::{Deserialize, Serialize};

kernel::define_id!(
    /// A transport of an account.
    TransportId
);

/// The kinds of transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// Keeps mail in the database.
    Sandbox,
    /// Hands mail to an SMTP relay.
    Smtp,
}

/// How the connection to a relay is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Not at all: for a relay on the same machine or network.
    None,
    /// STARTTLS, usually on port 587. Never silently without.
    Starttls,
    /// TLS from the first byte, usually on port 465.
    Tls,
}

/// A relay, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Host name or address.
    #[schema(example = "smtp.example.com")]
    pub host: String,
    /// Usually 587, 465 or 25.
    #[schema(example = 587)]
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The user to sign in as, if the relay asks for one.
    #[serde(default)]
    pub username: Option<String>,
    /// Takes any certificate. Whoever is between us and the relay can then read everything.
    #[serde(default)]
    pub accept_invalid_certificates: bool,
}

/// A transport. Its password is write-only.
#[derive(Clone, Debug)]
pub struct Transport {
    pub account: AccountId,
    pub id: TransportId,
    pub name: String,
    pub kind: TransportKind,
    pub smtp: Option<SmtpSettings>,
    /// Sealed.
    pub(crate) secret: Option<Vec<u8>>,
    pub max_per_second: Option<i64>,
    pub max_connections: i64,
    pub is_default: bool,
    /// Stands in for a transport whose relay cannot be reached, the lowest number first; never when absent.
    pub failover_order: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a new transport is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransport {
    /// For people.
    #[schema(example = "Our relay")]
    pub name: String,
    /// Sandbox or SMTP.
    pub kind: TransportKind,
    /// Required for `smtp`.
    #[serde(default)]
    pub smtp: Option<SmtpSettings>,
    /// The relay's password. Sealed at rest, never shown again.
    #[serde(default)]
    pub password: Option<String>,
    /// Most messages a second; without it, as fast as the relay takes them.
    #[serde(default)]
    pub max_per_second: Option<i64>,
    /// Most connections at once, 1 to 100. 10 without it.
    #[serde(default)]
    pub max_connections: Option<i64>,
    /// Whether campaigns that name no transport use this one.
    #[serde(default)]
    pub is_default: bool,
    /// Stands in for a transport whose relay cannot be reached, the lowest number first; never when absent.
    #[serde(default)]
    pub failover_order: Option<i64>,
}

/// A change of a transport: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportPatch {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub smtp: Option<SmtpSettings>,
    /// A new password; an empty one removes it.
    #[serde(default)]
    pub password: Option<String>,
    /// 0 removes the limit.
    #[serde(default)]
    pub max_per_second: Option<i64>,
    #[serde(default)]
    pub max_connections: Option<i64>,
    #[serde(default)]
    pub is_default: Option<bool>,
    /// `null`: stands in for none.
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<i64>)]
    pub failover_order: Option<Option<i64>>,
}

pub(crate) const DEFAULT_CONNECTIONS: i64 = 10;
const MAX_CONNECTIONS: i64 = 100;
const MAX_NAME: usize = 200;
const MAX_USERNAME: usize = 255;

impl SmtpSettings {
    pub(crate) fn check(&self, errors: &mut Vec<FieldError>) {
        let host = self.host.trim();
        let plausible = !host.is_empty()
            && host.len() <= 253
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
        if !plausible {
            errors.push(FieldError::new(
                "smtp.host",
                "invalid",
                "give a host name such as smtp.example.com, or an IP address",
            ));
        }
        if self.port == 0 {
            errors.push(FieldError::new(
                "smtp.port",
                "out_of_range",
                "choose 1 to 65535; relays usually listen on 587, 465 or 25",
            ));
        }
        if let Some(name) = &self.username
            && let Err(fault) = text::check_line(name, MAX_USERNAME)
        {
            errors.push(fault.at("smtp.username"));
        }
    }

    /// For the client.
    pub(crate) fn to_config(&self, password: Option<String>, helo_name: &str) -> SmtpConfig {
        let mut config = SmtpConfig::new(self.host.trim(), self.port);
        config.security = match self.encryption {
            Encryption::None => Security::None,
            Encryption::Starttls => Security::StartTls,
            Encryption::Tls => Security::Tls,
        };
        if self.accept_invalid_certificates {
            config.trust = Trust::AnyCertificateInsecurely;
        }
        config.credentials = self
            .username
            .clone()
            .zip(password)
            .map(|(username, password)| Credentials { username, password });
        helo_name.clone_into(&mut config.helo_name);
        config
    }
}

pub(crate) fn check_limits(
    name: Option<&str>,
    max_per_second: Option<i64>,
    max_connections: Option<i64>,
    failover_order: Option<i64>,
    errors: &mut Vec<FieldError>,
) {
    if failover_order.is_some_and(|n| !(0..=1000).contains(&n)) {
        errors.push(FieldError::new(
            "failover_order",
            "out_of_range",
            "choose 0 to 1000, or leave it out",
        ));
    }
    errors.extend(name.and_then(|name| text::name(name, MAX_NAME).err()));
    if max_per_second.is_some_and(|n| !(0..=100_000).contains(&n)) {
        errors.push(FieldError::new(
            "max_per_second",
            "out_of_range",
            "choose 1 to 100000, or leave it out for no limit",
        ));
    }
    if max_connections.is_some_and(|n| !(1..=MAX_CONNECTIONS).contains(&n)) {
        errors.push(FieldError::new(
            "max_connections",
            "out_of_range",
            format!("choose 1 to {MAX_CONNECTIONS}"),
        ));
    }
}
