//! What an account looks like from outside, to show that nothing changed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Client;

impl Client {
    /// All that can be read in the account, as far as people make it.
    pub(crate) async fn picture(&self) -> BTreeMap<&'static str, Value> {
        let mut picture = BTreeMap::new();
        for list in [
            "/api/account",
            "/api/accounts",
            "/api/users",
            "/api/tokens",
            "/api/audit-log",
            "/api/subscribers",
            "/api/fields",
            "/api/groups",
            "/api/tags",
            "/api/segments",
            "/api/imports",
            "/api/exports",
            "/api/bulk-actions",
            "/api/suppressions",
            "/api/campaigns",
            "/api/files",
            "/api/templates",
            "/api/saved-blocks",
            "/api/brand",
            "/api/transports",
            "/api/sandbox/messages",
        ] {
            let mut json = self.get(list).await.expect(200).json;
            for row in json["data"].as_array_mut().into_iter().flatten() {
                // Reading with a token is noted with the token.
                row.as_object_mut().map(|row| row.remove("last_used_at"));
            }
            picture.insert(list, json);
        }
        picture
    }
}
