// SPDX-License-Identifier: Apache-2.0
//! The folder that `silta init` makes: configuration, test certificates, example input.

mod certificates;
mod companies;
mod configuration;
mod examples;
pub(crate) mod production;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use silta::describe::{SecretAlphabet, SecretForm};

use crate::failure::Failure;
use certificates::{Certificates, Credential};
use companies::TEST_COMPANY;

pub(crate) use configuration::{Contents, ExampleAgency};
pub(crate) use examples::{
    DECLARATION, DOWNLOAD, DOWNLOAD_ANSWER, NOTIFY_REQUEST, PARAMETERS, PUSH, REGISTER_PUSH,
    REGISTER_PUSH_ANSWER, SUOMIFI_MESSAGE, UPLOAD_ANSWER,
};

/// The configuration, relative to the folder.
pub(crate) const CONFIGURATION: &str = "silta.toml";

/// The secret that the Tax Administration repeats in its calls, relative to the folder.
pub(crate) const VERO_SECRET: &str = "pki/vero-callback";

/// The password of the system at Suomi.fi, relative to the folder.
pub(crate) const SUOMIFI_PASSWORD: &str = "pki/suomifi-password";

/// Folder of the secrets that the host replaces, relative to the folder.
const SECRETS: &str = "secrets";

/// Address in a configuration that nobody has adapted yet: nothing outside this machine.
pub(crate) const EXAMPLE_URL: &str = "https://localhost:8443/dme";

/// Writes everything into a folder that exists and is empty.
pub(crate) fn write(folder: &Path, url: &str, contents: &Contents) -> Result<(), Failure> {
    let certificates = Certificates::generate(TEST_COMPANY).map_err(|error| {
        let message = format!("the test certificates cannot be made: {error}");
        Failure::internal("certificates.not-made", &message)
    })?;
    let unwritable = |error| Failure::unwritable(folder, &error);
    write_certificates(&folder.join("pki"), &certificates).map_err(unwritable)?;
    for (name, form) in [(VERO_SECRET, VERO_FORM), (SUOMIFI_PASSWORD, PASSWORD_FORM)] {
        write_private(&folder.join(name), &secret(form)?).map_err(unwritable)?;
    }
    make_private_folder(&folder.join(SECRETS)).map_err(unwritable)?;
    fs::create_dir_all(folder.join("examples")).map_err(unwritable)?;
    for (name, content) in examples::files(contents, &certificates)? {
        fs::write(folder.join(name), content).map_err(unwritable)?;
    }
    write_configuration(folder, url, contents).map_err(unwritable)
}

/// Writes the configuration for a Customs at `url`.
pub(crate) fn write_configuration(folder: &Path, url: &str, contents: &Contents) -> io::Result<()> {
    let text = configuration::text(url, contents);
    fs::write(folder.join(CONFIGURATION), text)
}

/// Where a certificate of the folder and its private key lie.
pub(crate) fn credential_files(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let pki = folder.join("pki");
    (
        pki.join(format!("{name}.pem")),
        pki.join(format!("{name}.key.pem")),
    )
}

fn write_certificates(folder: &Path, certificates: &Certificates) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, credential) in certificates.named() {
        let Credential {
            certificate,
            private_key,
        } = credential;
        fs::write(folder.join(format!("{name}.pem")), certificate)?;
        let file = folder.join(format!("{name}.key.pem"));
        write_private(&file, private_key.as_bytes())?;
    }
    Ok(())
}

/// 264 random bits in base64: more than the Tax Administration asks for.
const VERO_FORM: SecretForm = SecretForm {
    minimum_characters: 44,
    maximum_characters: 44,
    alphabet: SecretAlphabet::Base64,
};

/// More than the 32 characters that Suomi.fi asks for.
const PASSWORD_FORM: SecretForm = SecretForm {
    minimum_characters: 44,
    maximum_characters: 44,
    alphabet: SecretAlphabet::Password,
};

fn secret(form: SecretForm) -> Result<Vec<u8>, Failure> {
    let message = "the system gives no randomness";
    form.generate()
        .ok_or_else(|| Failure::internal("secret.not-made", message))
}

/// A folder that nobody else can look into.
fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// For the owner's eyes only, from the first moment.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?.write_all(content)
}

#[cfg(test)]
mod tests {
    use silta_config::{ComponentSource, Config};
    use silta_gateway::ListenerLimits;

    use super::{companies::TEST_DECLARANT, *};

    /// Weights 7, 9, 10, 5, 8, 4, 2 and the check digit itself come to a multiple of eleven.
    fn has_valid_check_digit(business_id: &str) -> bool {
        let digits: Vec<u32> = business_id.chars().filter_map(|c| c.to_digit(10)).collect();
        let weights = [7, 9, 10, 5, 8, 4, 2, 1];
        let sum: u32 = digits.iter().zip(weights).map(|(d, w)| d * w).sum();
        digits.len() == 8 && sum.is_multiple_of(11)
    }

    #[test]
    fn test_companies_have_valid_numbers() {
        assert!(has_valid_check_digit("0245442-8"));
        assert!(has_valid_check_digit(TEST_COMPANY));
        assert!(has_valid_check_digit(TEST_DECLARANT));
    }

    #[test]
    fn the_folder_is_what_its_configuration_says() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), EXAMPLE_URL, &Contents::usual()).unwrap();
        let config = Config::read(folder.path().join(CONFIGURATION)).unwrap();
        assert_eq!(config.component("tulli"), Ok(ComponentSource::Builtin));
        config.deployment("tulli", b"".as_slice()).unwrap();
        config.server_anchors("tulli").unwrap().unwrap();
        let files = config.parts("tulli").unwrap().tls_files("intermediary");
        let files = files.unwrap();
        fs::read(files.private_key).unwrap();
        fs::read(files.certificates).unwrap();
        let text = fs::read_to_string(folder.path().join(PARAMETERS)).unwrap();
        let parameters: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parameters["declarant"], TEST_DECLARANT);
    }

    #[test]
    fn commented_settings_are_valid_once_they_are_not_comments() {
        let text = configuration::text("https://localhost/dme", &Contents::usual());
        let uncommented = configuration::uncommented(&text);
        let config = Config::parse("silta.toml", uncommented.clone()).unwrap();
        assert!(config.audit_file().is_some());
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), EXAMPLE_URL, &Contents::usual()).unwrap();
        let config = Config::parse(folder.path().join(CONFIGURATION), uncommented).unwrap();
        let listener = config.listener().unwrap().unwrap();
        // What stands there is the default.
        let (set, default) = (listener.limits, ListenerLimits::default());
        for of in [
            ListenerLimits::connections_per_address,
            ListenerLimits::stranger_connections,
        ] {
            assert_eq!(of(&set), of(&default));
        }
        let without_shares = ListenerLimits {
            connections_per_address: None,
            stranger_connections: None,
            ..set
        };
        assert_eq!(without_shares, default);
        assert_ne!(set, default);
    }

    #[test]
    fn a_url_cannot_break_out_of_its_quotes() {
        let folder = tempfile::tempdir().unwrap();
        let url = "https://a\"\n[agencies.other]";
        write_configuration(folder.path(), url, &Contents::usual()).unwrap();
        let config = Config::read(folder.path().join(CONFIGURATION)).unwrap();
        assert_eq!(config.agencies().collect::<Vec<_>>(), ["tulli"]);
    }

    #[cfg(unix)]
    #[test]
    fn private_keys_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), EXAMPLE_URL, &Contents::usual()).unwrap();
        for name in [
            "ca",
            "customs",
            "customs-signing",
            "gateway",
            "intermediary",
            "builder",
            "vero-ca",
            "vero",
            "suomifi-ca",
            "suomifi",
        ] {
            let (_, key) = credential_files(folder.path(), name);
            let mode = fs::metadata(key).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
