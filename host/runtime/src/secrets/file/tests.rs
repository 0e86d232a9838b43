// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let process = std::process::id();
        let folder = std::env::temp_dir().join(format!("silta-secret-{name}-{process}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("callback.json")
    }

    fn open(&self, configured: &[&str]) -> SecretFile {
        let values = configured.iter().map(|value| value.as_bytes().to_vec());
        SecretFile::open(self.path(), values.collect()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Current, next and earlier ones.
fn values(secret: &SecretFile) -> (String, Option<String>, Vec<String>) {
    let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
    let values = secret.values().unwrap();
    let next = values.next.as_ref().map(text);
    let earlier = values.earlier.iter().map(text).collect();
    (text(&values.current), next, earlier)
}

fn hence(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}

#[test]
fn a_secret_is_rotated_and_another_process_sees_it() {
    let folder = Folder::new("rotated");
    let (one, other) = (
        folder.open(&["first", "old"]),
        folder.open(&["first", "old"]),
    );
    let at_first = ("first".to_owned(), None, vec!["old".to_owned()]);
    assert_eq!(values(&one), at_first);
    assert!(!folder.path().exists());
    one.keep_next(b"second").unwrap();
    let pending = (
        "first".to_owned(),
        Some("second".to_owned()),
        vec!["old".to_owned()],
    );
    assert_eq!((values(&one), values(&other)), (pending.clone(), pending));
    one.promote(hence(60)).unwrap();
    let promoted = (
        "second".to_owned(),
        None,
        vec!["first".to_owned(), "old".to_owned()],
    );
    assert_eq!(
        (values(&one), values(&other)),
        (promoted.clone(), promoted.clone())
    );
    assert_eq!(values(&folder.open(&["first", "old"])), promoted);
    // Each value before is accepted for its own time.
    one.keep_next(b"third").unwrap();
    one.promote(SystemTime::now()).unwrap();
    assert_eq!(
        values(&other),
        (
            "third".to_owned(),
            None,
            vec!["first".to_owned(), "old".to_owned()]
        )
    );
}

#[test]
fn what_the_operator_configures_anew_counts() {
    let folder = Folder::new("configured");
    let secret = folder.open(&["first"]);
    secret.keep_next(b"second").unwrap();
    secret.promote(hence(60)).unwrap();
    let other = folder.open(&["fresh"]);
    assert_eq!(values(&other), ("fresh".to_owned(), None, Vec::new()));
    other.keep_next(b"third").unwrap();
    assert_eq!(values(&other).0, "fresh");
    assert_eq!(values(&folder.open(&["fresh"])).1.as_deref(), Some("third"));
}

#[test]
fn there_is_nothing_to_promote_without_a_next_value() {
    let folder = Folder::new("nothing");
    let error = folder.open(&["first"]).promote(hence(60)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(folder.open(&[]).values().is_none());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_that_is_damaged_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("damaged");
    let secret = folder.open(&["first"]);
    secret.keep_next(b"second-is-hidden").unwrap();
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    let refused = || {
        let error = SecretFile::open(folder.path(), vec![b"first".to_vec()]).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    mode(0o640);
    assert!(refused().contains("chmod 600"), "{}", refused());
    mode(0o600);
    let whole = fs::read(folder.path()).unwrap();
    for length in 0..whole.len() {
        fs::write(folder.path(), &whole[..length]).unwrap();
        let told = refused();
        assert!(
            told.contains("JSON error at line 1") && !told.contains("hidden"),
            "{told}"
        );
        // Whoever has it open goes on with what was read before.
        assert_eq!(values(&secret).1.as_deref(), Some("second-is-hidden"));
    }
    let shown = format!("{secret:?}");
    assert!(
        !shown.contains("hidden") && !shown.contains("first"),
        "{shown}"
    );
}

#[test]
fn what_was_left_aside_by_a_crash_is_nobody_s() {
    let folder = Folder::new("aside");
    let secret = folder.open(&["first"]);
    fs::write(folder.0.join("callback.json.new"), b"{\"half").unwrap();
    assert_eq!(values(&secret).0, "first");
    secret.keep_next(b"second").unwrap();
    assert!(!folder.0.join("callback.json.new").exists());
    assert_eq!(
        values(&folder.open(&["first"])).1.as_deref(),
        Some("second")
    );
}

#[test]
fn there_is_one_next_value_whoever_makes_it() {
    let folder = Folder::new("one");
    let results: Vec<_> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8)
            .map(|maker| {
                let secret = folder.open(&["first"]);
                scope.spawn(move || secret.keep_next(format!("next-{maker}").as_bytes()))
            })
            .collect();
        let results = makers.into_iter().map(|maker| maker.join().unwrap());
        results.collect()
    });
    assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
}

#[test]
fn values_that_were_replaced_keep_their_time() {
    let folder = Folder::new("overlap");
    let secret = folder.open(&["0"]);
    for value in 1..=5 {
        secret.keep_next(value.to_string().as_bytes()).unwrap();
        secret.promote(hence(60)).unwrap();
    }
    let kept = ["4", "3", "2"].map(str::to_owned).to_vec();
    assert_eq!(values(&secret), ("5".to_owned(), None, kept));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_not_written_over() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("unread");
    let secret = folder.open(&["first"]);
    secret.keep_next(b"second").unwrap();
    let before = fs::read(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let error = secret.promote(hence(60)).unwrap_err();
    assert!(error.to_string().contains("chmod 600"), "{error}");
    assert_eq!(fs::read(folder.path()).unwrap(), before);
    assert_eq!(values(&secret).1.as_deref(), Some("second"));
}

#[test]
fn a_file_that_vanishes_takes_nothing_with_it() {
    let folder = Folder::new("gone");
    let secret = folder.open(&["first"]);
    secret.keep_next(b"second").unwrap();
    secret.promote(hence(60)).unwrap();
    let aside = folder.0.join("aside");
    fs::rename(folder.path(), &aside).unwrap();
    assert_eq!(values(&secret).0, "second");
    // Nor is one begun in its place.
    let error = secret.keep_next(b"third").unwrap_err().to_string();
    assert!(error.contains("is gone"), "{error}");
    assert!(!folder.path().exists());
    fs::rename(aside, folder.path()).unwrap();
    secret.keep_next(b"third").unwrap();
    assert_eq!(values(&secret).1.as_deref(), Some("third"));
}
