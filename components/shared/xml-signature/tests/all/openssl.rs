//! The host's part of signing, played by the `openssl` program with throwaway keys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use xml_signature::SignatureAlgorithm;

/// A key with a self-signed certificate, in a directory that goes away with it.
pub(crate) struct Key {
    directory: TempDir,
}

impl Key {
    /// `kind` is what `openssl req -newkey` takes.
    pub(crate) fn generate(kind: &[&str]) -> Self {
        let key = Self {
            directory: TempDir::new().unwrap(),
        };
        let (private, certificate) = (key.path("key.pem"), key.certificate_path());
        let mut command = Command::new("openssl");
        command.args([
            "req",
            "-x509",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=throwaway",
            "-newkey",
        ]);
        run(command
            .args(kind)
            .arg("-keyout")
            .arg(private)
            .arg("-out")
            .arg(certificate));
        key
    }

    pub(crate) fn rsa() -> Self {
        Self::generate(&["rsa:2048"])
    }

    pub(crate) fn p256() -> Self {
        Self::generate(&["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    }

    /// A file beside the key.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn certificate_path(&self) -> PathBuf {
        self.path("certificate.pem")
    }

    pub(crate) fn certificate_der(&self) -> Vec<u8> {
        run(Command::new("openssl")
            .args(["x509", "-outform", "DER", "-in"])
            .arg(self.certificate_path()))
    }

    /// A signature value in the form of XML signatures.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, bytes: &[u8]) -> Vec<u8> {
        fs::write(self.path("bytes"), bytes).unwrap();
        let (_, hash) = algorithm.name().rsplit_once('-').unwrap();
        let mut command = Command::new("openssl");
        command
            .args(["dgst", &format!("-{hash}"), "-sign"])
            .arg(self.path("key.pem"));
        if algorithm.name().contains("pss") {
            command.args([
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                "rsa_pss_saltlen:digest",
            ]);
        }
        let signature = run(command.arg(self.path("bytes")));
        match algorithm.name().starts_with("ecdsa") {
            true => fixed_length(&signature, 32),
            false => signature,
        }
    }
}

pub(crate) fn digest(hash: &str, bytes: &[u8]) -> Vec<u8> {
    let directory = TempDir::new().unwrap();
    let path: &Path = &directory.path().join("bytes");
    fs::write(path, bytes).unwrap();
    run(Command::new("openssl")
        .args(["dgst", &format!("-{hash}"), "-binary"])
        .arg(path))
}

pub(crate) fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// r‖s from the DER of `SEQUENCE { INTEGER r, INTEGER s }`.
fn fixed_length(der: &[u8], length: usize) -> Vec<u8> {
    let (r_length, s_at) = (usize::from(der[3]), 4 + usize::from(der[3]));
    let numbers = [&der[4..4 + r_length], &der[s_at + 2..]];
    let padded = numbers.map(|number| {
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        [vec![0; length - digits.len()], digits.to_vec()].concat()
    });
    padded.concat()
}
