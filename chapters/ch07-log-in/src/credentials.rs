// ANCHOR: credentials
use anyhow::{Context, Result, anyhow};
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Who we are. It has no `Debug`, so that no message shows a password by accident.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    Anonymous,
    Password {
        user: String,
        password: String,
    },
    /// What a token server gave instead of a password, to be exchanged for tokens (OAuth2's refresh token).
    IdentityToken(String),
}
// ANCHOR_END: credentials

// ANCHOR: find
/// Finds the credentials for `registry` where `docker login` leaves them; anonymous if there are none.
///
/// That is `config.json` in the directory that `DOCKER_CONFIG` names, or else in `.docker` of the home directory: the name
/// of a helper program for this registry (`credHelpers`) or for all (`credsStore`), or the text itself (`auths`).
/// Source: Docker's documentation of `docker login`, "Configure the credential store".
pub fn find_credentials(registry: &str) -> Result<Credentials> {
    let Some(path) = config_path() else { return Ok(Credentials::Anonymous) };
    let failed = || format!("cannot read the credentials: {}", path.display());
    let file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Credentials::Anonymous),
        file => file.with_context(failed)?,
    };
    // Docker's own registry goes by the address that it had first.
    let server = if registry == "docker.io" { "https://index.docker.io/v1/" } else { registry };
    match get_credential_from_reader(file, server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(Credentials::Password { user, password }),
        Ok(DockerCredential::IdentityToken(token)) => Ok(Credentials::IdentityToken(token)),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(Credentials::Anonymous),
        // This is how a helper says so. Source: docker-credential-helpers, "credentials/error.go".
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
            Ok(Credentials::Anonymous)
        }
        Err(CredentialRetrievalError::HelperFailure { helper, stdout, stderr }) => {
            Err(anyhow!("{helper} failed: {}{}", stdout.trim(), stderr.trim())).with_context(failed)
        }
        Err(error) => Err(error).with_context(failed),
    }
}

fn config_path() -> Option<PathBuf> {
    let directory = std::env::var_os("DOCKER_CONFIG").filter(|directory| !directory.is_empty()).map(PathBuf::from);
    let directory = directory.or_else(|| Some(std::env::home_dir()?.join(".docker")));
    Some(directory?.join("config.json"))
}
// ANCHOR_END: find
