//! `#[db_test]`: runs one async test on SQLite and again on PostgreSQL.

use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, parse_macro_input};

/// Turns `async fn name(db: TestDb)` into a module `name` with the tests `sqlite` and `postgres`.
///
/// The PostgreSQL half needs `SENDERO_TEST_POSTGRES` (a URL whose user may create databases, set by
/// `cargo xtask test`); without it the test prints `skipped: no PostgreSQL` and passes, and `xtask` counts it
/// as skipped.
#[proc_macro_attribute]
pub fn db_test(_args: TokenStream, item: TokenStream) -> TokenStream {
    let mut inner = parse_macro_input!(item as ItemFn);
    let name = inner.sig.ident.clone();
    let attrs = std::mem::take(&mut inner.attrs);
    inner.sig.ident = format_ident!("body");
    quote! {
        mod #name {
            use super::*;

            #(#attrs)*
            #inner

            #[test]
            fn sqlite() {
                ::testkit::run(async { body(::testkit::TestDb::sqlite().await).await });
            }

            #[test]
            fn postgres() {
                ::testkit::run(async {
                    if let Some(db) = ::testkit::TestDb::postgres().await {
                        body(db).await;
                    }
                });
            }
        }
    }
    .into()
}
