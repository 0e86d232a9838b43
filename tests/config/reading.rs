// SPDX-License-Identifier: Apache-2.0
//! What files are read: regular ones, and no more of them than the limit.

use std::{fs, path::Path, process::Command};

use super::{Folder, WITH_KEY, assert_names};
use crate::support::keys;

const WITH_LISTS: &str = "[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.anchors.customs]\ncertificates = \"issuers.pem\"\nrevocation-lists = \"lists\"\n";

#[cfg(unix)]
fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[cfg(unix)]
#[test]
fn devices_and_fifos_are_refused_at_once() {
    let device = Path::new("/dev/zero");
    let parts = ["a device, a FIFO or a socket", "regular file"];
    let error = silta_config::Config::read(device).unwrap_err();
    assert_names(&error, device, "", &parts);
    let folder = Folder::new("")
        .with_pair(&keys::ecdsa())
        .write("issuers.pem", &keys::authority());
    fifo(&folder.path("fifo"));
    let error = silta_config::Config::read(folder.path("fifo")).unwrap_err();
    assert_names(&error, &folder.path("fifo"), "", &parts);
    for name in ["/dev/zero", "fifo"] {
        let file = folder.path(name);
        for (table, field) in [
            ("keys.signer", "private-key"),
            ("keys.signer", "certificates"),
            ("anchors.customs", "certificates"),
            ("anchors.customs", "pinned"),
            ("anchors.customs", "revocation-lists"),
            ("secrets.password", "files"),
        ] {
            let mut text =
                format!("[agencies.rogue]\ncomponent = \"builtin\"\n[agencies.rogue.{table}]\n");
            for required in ["private-key", "certificates"] {
                let is_set = table.starts_with("keys") && required != field;
                let value = if required == "certificates" {
                    "signer.pem"
                } else {
                    "signer.key"
                };
                if is_set {
                    text += &format!("{required} = \"{value}\"\n");
                }
            }
            match field {
                "files" => text += &format!("files = [\"{name}\"]\n"),
                "revocation-lists" => {
                    text += &format!("certificates = \"issuers.pem\"\n{field} = \"{name}\"\n");
                }
                _ => text += &format!("{field} = \"{name}\"\n"),
            }
            fs::write(folder.path("silta.toml"), text).unwrap();
            let field = format!("agencies.rogue.{table}.{field}");
            assert_names(&folder.refused(), &file, &field, &parts);
        }
    }
}

#[test]
fn what_is_larger_than_its_limit_is_not_read_to_its_end() {
    let folder = Folder::new(WITH_KEY).with_pair(&keys::ecdsa());
    let sparse = |name: &str, bytes: u64| {
        let file = fs::File::create(folder.path(name)).unwrap();
        file.set_len(bytes).unwrap();
    };
    // A terabyte takes no longer than what is read of it.
    sparse("signer.pem", 1 << 40);
    let field = "agencies.rogue.keys.signer.certificates";
    let parts = ["more than 4194304 bytes", "is it the right file"];
    assert_names(&folder.refused(), &folder.path("signer.pem"), field, &parts);
    sparse("silta.toml", 1 << 40);
    let error = folder.read().unwrap_err();
    assert_names(&error, &folder.path("silta.toml"), "", &parts);
}

#[test]
fn revocation_lists_have_a_limit_of_their_own() {
    let folder = Folder::new(WITH_LISTS).write("issuers.pem", &keys::authority());
    let file = fs::File::create(folder.path("lists")).unwrap();
    let field = "agencies.rogue.anchors.customs.revocation-lists";
    file.set_len(32 << 20).unwrap();
    let within = folder.refused();
    assert_names(
        &within,
        &folder.path("lists"),
        field,
        &["no revocation list found"],
    );
    file.set_len((32 << 20) + 1).unwrap();
    let parts = ["more than 33554432 bytes", "raise `revocation-list-bytes`"];
    assert_names(&folder.refused(), &folder.path("lists"), field, &parts);
    let set = format!("{WITH_LISTS}revocation-list-bytes = 1000\n");
    fs::write(folder.path("silta.toml"), set).unwrap();
    file.set_len(1001).unwrap();
    let parts = ["more than 1000 bytes", "raise `revocation-list-bytes`"];
    assert_names(&folder.refused(), &folder.path("lists"), field, &parts);
}

#[test]
fn byte_order_marks_are_dropped() {
    let pair = keys::ecdsa();
    let marked = |text: &str| format!("\u{feff}{text}");
    let text = format!("{WITH_KEY}[agencies.rogue.secrets.password]\nfiles = [\"password.txt\"]\n");
    let folder = Folder::new(&marked(&text))
        .write("signer.key", &marked(&pair.key))
        .write("signer.pem", &marked(&pair.certificate))
        .write("password.txt", &marked("hush\r\n"));
    let host = crate::support::host::host();
    let agency = host.rogue(folder.deployment().unwrap());
    let parameters = serde_json::json!({"role": "password"});
    let sent = crate::support::build(&agency, "insert-secret", parameters);
    assert_eq!(sent.unwrap().body.to_vec(), b"password=hush");
    fs::write(folder.path("password.txt"), b"\xff\xfeh\0").unwrap();
    let field = "agencies.rogue.secrets.password.files";
    assert_names(
        &folder.refused(),
        &folder.path("password.txt"),
        field,
        &["UTF-16"],
    );
    // A column is counted without the mark.
    fs::write(folder.path("silta.toml"), marked("agencies = 1")).unwrap();
    assert_eq!(folder.read().unwrap_err().place, Some((1, 12)));
}

#[test]
fn a_snapshot_tells_of_every_change() {
    let text = format!("{WITH_KEY}[agencies.rogue.secrets.password]\nfiles = [\"password.txt\"]\n");
    let folder = Folder::new(&text)
        .with_pair(&keys::ecdsa())
        .write("password.txt", "hush");
    let config = folder.read().unwrap();
    let snapshot = || config.snapshot("rogue").unwrap();
    let first = snapshot();
    assert_eq!(snapshot(), first);
    let shown = format!("{first:?}");
    assert!(!shown.contains("hush"), "{shown}");
    // The same length, another file of the name, none at all.
    fs::write(folder.path("password.txt"), "hash").unwrap();
    let second = snapshot();
    assert_ne!(second, first);
    fs::write(folder.path("new.txt"), "hush").unwrap();
    fs::rename(folder.path("new.txt"), folder.path("password.txt")).unwrap();
    assert_eq!(snapshot(), first);
    // Where replaced secrets are kept.
    let kept = format!("{text}\n").replace(
        "[agencies.rogue]\n",
        "[agencies.rogue]\nsecrets-folder = \"kept\"\n",
    );
    fs::write(folder.path("silta.toml"), kept).unwrap();
    let moved = folder.read().unwrap().snapshot("rogue").unwrap();
    assert_ne!(moved, first);
    fs::remove_file(folder.path("signer.pem")).unwrap();
    assert_ne!(snapshot(), first);
}

#[cfg(unix)]
#[test]
fn secrets_that_everybody_can_read_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let text = format!("{WITH_KEY}[agencies.rogue.secrets.password]\nfiles = [\"password.txt\"]\n");
    let folder = Folder::new(&text)
        .with_pair(&keys::ecdsa())
        .write("password.txt", "hush");
    let config = folder.read().unwrap();
    let set = |name: &str, mode| {
        fs::set_permissions(folder.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for name in ["signer.key", "signer.pem", "password.txt"] {
        set(name, 0o640);
    }
    assert!(config.exposed_files("rogue").unwrap().is_empty());
    for (name, field) in [
        ("signer.key", "keys.signer.private-key"),
        ("password.txt", "secrets.password.files"),
    ] {
        for mode in [0o644, 0o602] {
            set(name, mode);
            let told = config.exposed_files("rogue").unwrap();
            assert_eq!(told.len(), 1);
            assert!(
                told[0].field.contains(field) && told[0].to_string().contains("chmod 600"),
                "{told:?}"
            );
        }
        set(name, 0o600);
    }
    // Certificates are for everybody.
    set("signer.pem", 0o644);
    assert!(config.exposed_files("rogue").unwrap().is_empty());
}
