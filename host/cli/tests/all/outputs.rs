// SPDX-License-Identifier: Apache-2.0
//! What is written where: standard streams that take nothing, files that are none, signals, secrets on the command line.

use std::{
    fs, io,
    os::unix::{
        fs::{FileExt, FileTypeExt, PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    process::{Command, Output, Stdio},
    thread,
};

use crate::project::{BODY, BUILD, Project};

const SILTA: &str = env!("CARGO_BIN_EXE_silta");

/// Runs a line of a shell in the folder, in which `silta` is the program.
fn shell(project: &Project, line: &str) -> Output {
    Command::new("sh")
        .args(["-c", &line.replace("silta ", &format!("{SILTA} "))])
        .current_dir(project.path(""))
        .env_remove("SILTA_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output
        .status
        .code()
        .unwrap_or_else(|| panic!("signal {:?}", output.status.signal()))
}

#[test]
fn exit_codes_do_not_depend_on_standard_error() {
    let project = Project::new();
    for (command, exit) in [
        ("silta send", 2),
        ("silta describe none", 4),
        ("silta describe none --json", 4),
        ("silta describe tulli --config none.toml", 5),
        ("silta xml verify none.xml", 8),
        ("silta xml verify silta.toml -vv", 3),
    ] {
        for redirection in ["2>/dev/full", "2>&-", ""] {
            let output = shell(&project, &format!("{command} {redirection}"));
            assert_eq!(code(&output), exit, "{command} {redirection}");
        }
    }
}

#[test]
fn a_standard_output_that_takes_nothing_is_an_error_and_nothing_is_left_behind() {
    let project = Project::new();
    project.write("answer.xml", "<a/>");
    let before = project.files();
    for command in [
        &format!("silta {BUILD} --out {BODY}"),
        &format!("silta {BUILD} --out -"),
        "silta export tulli --out tulli.wasm",
        "silta init new",
        "silta describe tulli",
        "silta --help",
        "silta --version",
    ] {
        for redirection in [">/dev/full", ">&-"] {
            let output = shell(&project, &format!("{command} {redirection}"));
            assert_eq!(code(&output), 8, "{command} {redirection}");
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(
                error.contains("standard output: cannot be written"),
                "{error}"
            );
        }
    }
    assert!(project.files() == before, "files have changed");
    assert!(!project.path("new").exists());
}

#[test]
fn a_reader_that_has_gone_leaves_nothing_behind_that_nobody_was_told_of() {
    let project = Project::new();
    let before = project.files();
    let run = |command: &str| {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Command::new(SILTA)
            .args(command.split_whitespace())
            .current_dir(project.path("."))
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        code(&output)
    };
    for command in [
        &format!("{BUILD} --json --out {BODY}"),
        &format!("{BUILD} --out -"),
        "export tulli --out tulli.wasm",
        "init new",
    ] {
        assert_eq!(run(command), 8, "{command}");
    }
    assert!(project.files() == before, "files have changed");
    // Where nothing depends on it, whoever has stopped reading has read enough.
    assert_eq!(run("describe tulli"), 0);
}

#[test]
fn personal_codes_in_a_command_line_that_cannot_be_read_are_masked() {
    let project = Project::new();
    for command in [
        "010190-900A",
        "describe tulli --out 010190-900A",
        "xml verify --signature",
    ] {
        for form in ["", " --json"] {
            let run = project.silta(&format!("{command} 010190-900A{form}"));
            run.exits(2);
            assert!(!run.err.contains("900A"), "{}", run.err);
        }
    }
}

#[test]
fn a_body_goes_to_standard_output_and_what_is_shown_does_not() {
    let project = Project::new();
    for name in ["-", "/dev/stdout"] {
        let run = project.silta(&format!("{BUILD} --out {name}"));
        run.exits(0);
        assert!(run.out.starts_with("<soapenv:Envelope"), "{}", run.out);
        assert!(run.out.ends_with("Envelope>"), "{}", run.out);
        assert!(run.err.contains("reference"), "{}", run.err);
    }
}

#[test]
fn what_lies_where_a_body_goes_stays_what_it_is() {
    let project = Project::new();
    let build = |out: &str| project.silta(&format!("{BUILD} --out {out}"));
    project.write("inner/body.xml", "earlier");
    let body = project.path("inner/body.xml");
    fs::set_permissions(&body, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("inner/body.xml", project.path("link.xml")).unwrap();
    build("link.xml").succeeds();
    assert!(project.path("link.xml").is_symlink());
    assert_eq!(
        fs::metadata(&body).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(project.text("inner/body.xml").starts_with("<soapenv:"));
    build("/dev/null").succeeds();
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    build("/dev/full").exits(8);
}

fn pipe(project: &Project, name: &str) -> std::path::PathBuf {
    let made = Command::new("mkfifo").arg(project.path(name)).status();
    assert!(made.unwrap().success());
    project.path(name)
}

#[test]
fn pipes_without_another_end_and_devices_without_an_end_are_refused() {
    let project = Project::new();
    let pipe = pipe(&project, "pipe");
    for (from, to) in [
        ("examples/upload.json", "pipe"),
        ("examples/upload.json", "/dev/zero"),
        ("examples/declaration.xml", "/dev/zero"),
    ] {
        let run = project.silta(&format!("{} --out {BODY}", BUILD.replace(from, to)));
        run.exits(8);
        assert!(run.err.contains("name a regular file"), "{}", run.err);
    }
    project.silta(&format!("{BUILD} --out pipe")).exits(8);
    assert!(fs::symlink_metadata(pipe).unwrap().file_type().is_fifo());
}

#[test]
fn pipes_with_another_end_are_read_and_written() {
    let project = Project::new();
    let (parameters, body) = (pipe(&project, "parameters"), pipe(&project, "body"));
    let read = thread::scope(|scope| {
        scope.spawn(|| fs::write(&parameters, project.read("examples/upload.json")).unwrap());
        let reading = scope.spawn(|| fs::read_to_string(&body).unwrap());
        let command = BUILD.replace("examples/upload.json", "parameters");
        project.silta(&format!("{command} --out body")).succeeds();
        reading.join().unwrap()
    });
    assert!(read.starts_with("<soapenv:Envelope"), "{read}");
}

#[test]
fn no_message_repeats_a_header_field() {
    let project = Project::new();
    project.write("fields", "X: 1\nhunter2\n");
    let parse = "silta parse tulli upload --config silta.toml --status 200 --body silta.toml";
    for header in [
        "--header hunter2",
        "--header 'Auth hunter2: x'",
        "--header Authorization: hunter2",
        "--header=Authorization: Bearer hunter2",
        "--header @hunter2",
        "--header X=@hunter2",
        "--header @fields",
        "--header X=@fields",
        "--heade 'X: hunter2'",
        "--heade='X: hunter2'",
    ] {
        for json in ["", " --json"] {
            let output = shell(&project, &format!("{parse}{json} {header}"));
            let told = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat());
            assert!([2, 4, 8].contains(&code(&output)), "{header}");
            assert!(!told.as_ref().unwrap().contains("hunter2"), "{told:?}");
        }
    }
}

#[test]
fn personal_codes_and_marks_of_direction_are_in_no_message() {
    let project = Project::new();
    let forms = [
        "131052-900W",
        "131052\u{2013}900W",
        "131052\u{2212}900W",
        "１３１０５２-900W",
        "131052\u{200b}-900W",
        "131052%2D900W",
    ];
    for form in forms {
        let parameters = format!("{{\"declarant\": \"9000003-8\", \"{form}\u{202e}\": 1}}");
        project.write("examples/upload.json", parameters);
        let build = BUILD.replace("tulli upload", &format!("tulli {form}\u{202e}"));
        for command in [BUILD, &build, &build.replace("tulli ", &format!("{form} "))] {
            for json in ["", " --json"] {
                let run = project.silta(&format!("{command} --out {BODY}{json}"));
                run.exits(4);
                assert!(!run.err.contains("900W"), "{}", run.err);
                assert!(!run.err.contains('\u{202e}'), "{}", run.err);
            }
        }
    }
}

#[test]
fn a_file_that_may_not_grow_keeps_whole_records_and_no_part_of_one() {
    let project = Project::new();
    project.edit("#audit =", "audit =");
    // Room for the record of the signature and not for that of the request, below a limit that leaves the program its memory.
    let (limit, room) = (64 << 20, 500);
    let file = fs::File::create(project.path("audit.jsonl")).unwrap();
    file.set_len(limit - room).unwrap();
    file.write_all_at(b"\n", limit - room - 1).unwrap();
    for _ in 0..2 {
        let line = format!("ulimit -f {}; silta {BUILD} --out {BODY}", limit / 512);
        let output = shell(&project, &line);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!([5, 7].contains(&code(&output)), "{error}");
        assert!(!project.path(BODY).exists());
    }
    let mut appended = vec![0; room as usize];
    let read = file_end(&project.path("audit.jsonl"), limit - room, &mut appended);
    let text = std::str::from_utf8(&appended[..read]).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["record"], "signature");
    }
}

/// Reads a file from there on.
fn file_end(path: &std::path::Path, begin: u64, bytes: &mut [u8]) -> usize {
    fs::File::open(path).unwrap().read_at(bytes, begin).unwrap()
}

#[test]
fn an_audit_file_that_is_no_file_is_refused() {
    let project = Project::new();
    project.edit("#audit = \"audit.jsonl\"", "audit = \"/dev/null\"");
    let run = project.silta(&format!("{BUILD} --out {BODY}"));
    run.exits(5);
    assert!(run.err.contains("audit"), "{}", run.err);
}

#[test]
fn a_program_without_standard_output_does_not_serve() {
    let project = crate::validate::project();
    let output = shell(&project, "silta serve --config rogue.toml >&-");
    assert_eq!(code(&output), 8);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("standard output"), "{error}");
}
