//! Which certificates are believed, as rustls wants to know it.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::config::Trust;

/// The settings for a kind of trust. Those without certificates of their own are built once, and share the tickets with
/// which later connections start faster.
pub(super) fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, String> {
    static PUBLIC: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    static ANY: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    match trust {
        Trust::PublicRoots => Ok(Arc::clone(
            PUBLIC.get_or_init(|| with_roots(public_roots())),
        )),
        Trust::PublicRootsAnd(pem) => {
            let mut roots = public_roots();
            let mut any = false;
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate
                    .map_err(|error| format!("the root certificate is not valid PEM: {error}"))?;
                roots
                    .add(certificate)
                    .map_err(|error| format!("the root certificate is not usable: {error}"))?;
                any = true;
            }
            if any {
                Ok(with_roots(roots))
            } else {
                Err("the root certificate has no PEM section \"CERTIFICATE\"".to_owned())
            }
        }
        Trust::AnyCertificateInsecurely => Ok(Arc::clone(ANY.get_or_init(|| {
            let provider = provider();
            let algorithms = provider.signature_verification_algorithms;
            let config = builder(provider)
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(algorithms)))
                .with_no_client_auth();
            Arc::new(config)
        }))),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3")
}

fn public_roots() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

fn with_roots(roots: RootCertStore) -> Arc<ClientConfig> {
    Arc::new(
        builder(provider())
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

/// Checks that the relay has the key of its certificate, and nothing about whose certificate it is.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
