// SPDX-License-Identifier: Apache-2.0
//! Commands of a relay.
//!
//! `smtp-proto` reads verbs and parameters. Paths are read here: it takes the quotes of local parts away, so that an address may become another one.

use smtp_proto::{Error, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MailFrom, RcptTo, Request};

use super::address::{Address, AddressFlaw, take_path};

/// How a relay greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hello {
    /// HELO: SMTP without extensions.
    Helo,
    /// EHLO: SMTP with extensions.
    Ehlo,
    /// LHLO: LMTP (RFC 2033 §4.1).
    Lhlo,
}

/// A command that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// HELO, EHLO, LHLO.
    Hello(Hello),
    /// MAIL FROM.
    Mail {
        /// Reverse path; none for a delivery report.
        sender: Option<Address>,
        /// Bytes that the content is said to have (RFC 1870); none where that is not said.
        size: Option<u64>,
    },
    /// RCPT TO.
    Recipient(Address),
    /// DATA.
    Data,
    /// STARTTLS (RFC 3207).
    StartTls,
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// VRFY.
    Verify,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// Why a line is no command that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandFlaw {
    /// There is no such command.
    Unknown,
    /// It is one of an extension that is not offered.
    NotOffered,
    /// BDAT: what follows is no command either.
    Chunk,
    /// Its argument is none, or it has one too many. What it should look like.
    Argument(&'static str),
    /// It has a parameter that is not offered, or whose value is none.
    Parameter,
    /// The reverse path is no address.
    Sender,
    /// The forward path is no address.
    Recipient,
    /// It has letters beyond ASCII, which need SMTPUTF8 (RFC 6531); that is not offered.
    NotAscii,
}

/// Reads a command line, without its CRLF.
///
/// # Errors
/// Why it is none; nothing of the line is in it.
pub fn parse(line: &[u8]) -> Result<Command, CommandFlaw> {
    // What follows is no command, whatever its arguments are.
    let verb = line.trim_ascii_start().get(..4).unwrap_or_default();
    if verb.eq_ignore_ascii_case(b"BDAT") {
        return Err(CommandFlaw::Chunk);
    }
    if !line.is_ascii() {
        return Err(CommandFlaw::NotAscii);
    }
    let text = str::from_utf8(line).map_err(|_| CommandFlaw::NotAscii)?;
    if text.contains(|c: char| c.is_ascii_control()) {
        return Err(CommandFlaw::Argument("a line without control characters"));
    }
    let text = text.trim_end_matches(' ');
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    if verb.eq_ignore_ascii_case("MAIL") {
        return mail(rest);
    }
    if verb.eq_ignore_ascii_case("RCPT") {
        return recipient(rest);
    }
    let line = format!("{text}\r\n");
    let alone = |command, form| match rest {
        "" => Ok(command),
        _ => Err(CommandFlaw::Argument(form)),
    };
    match Request::parse(&mut line.as_bytes().iter()).map_err(|error| flaw(&error))? {
        Request::Helo { .. } => Ok(Command::Hello(Hello::Helo)),
        Request::Ehlo { .. } => Ok(Command::Hello(Hello::Ehlo)),
        Request::Lhlo { .. } => Ok(Command::Hello(Hello::Lhlo)),
        Request::Data => alone(Command::Data, "DATA"),
        Request::StartTls => alone(Command::StartTls, "STARTTLS"),
        Request::Rset => alone(Command::Reset, "RSET"),
        Request::Quit => alone(Command::Quit, "QUIT"),
        Request::Noop { .. } => Ok(Command::Noop),
        Request::Vrfy { .. } => Ok(Command::Verify),
        Request::Help { .. } => Ok(Command::Help),
        Request::Bdat { .. } => Err(CommandFlaw::Chunk),
        Request::Mail { .. }
        | Request::Rcpt { .. }
        | Request::Auth { .. }
        | Request::Expn { .. }
        | Request::Etrn { .. }
        | Request::Atrn { .. }
        | Request::Burl { .. } => Err(CommandFlaw::NotOffered),
    }
}

/// What stands after `MAIL`.
fn mail(rest: &str) -> Result<Command, CommandFlaw> {
    let form = CommandFlaw::Argument("MAIL FROM:<address>");
    let path = after(rest, "FROM:").ok_or(form)?;
    let (sender, parameters) = take_path(path).map_err(|flaw| match flaw {
        AddressFlaw::Form => form,
        AddressFlaw::Address => CommandFlaw::Sender,
    })?;
    let line = format!("MAIL FROM:<>{parameters}\r\n");
    let Request::Mail { from } =
        Request::parse(&mut line.as_bytes().iter()).map_err(|error| flaw(&error))?
    else {
        return Err(form);
    };
    let offered = MailFrom {
        flags: from.flags & (MAIL_BODY_7BIT | MAIL_BODY_8BITMIME),
        size: from.size,
        ..MailFrom::default()
    };
    if from != offered {
        return Err(CommandFlaw::Parameter);
    }
    let size = (from.size > 0).then(|| u64::try_from(from.size).unwrap_or(u64::MAX));
    Ok(Command::Mail { sender, size })
}

/// What stands after `RCPT`.
fn recipient(rest: &str) -> Result<Command, CommandFlaw> {
    let form = CommandFlaw::Argument("RCPT TO:<address>");
    let path = after(rest, "TO:").ok_or(form)?;
    let (address, parameters) = take_path(path).map_err(|flaw| match flaw {
        AddressFlaw::Form => form,
        AddressFlaw::Address => CommandFlaw::Recipient,
    })?;
    let address = address.ok_or(CommandFlaw::Recipient)?;
    let line = format!("RCPT TO:<>{parameters}\r\n");
    match Request::parse(&mut line.as_bytes().iter()).map_err(|error| flaw(&error))? {
        Request::Rcpt { to } if to == RcptTo::default() => Ok(Command::Recipient(address)),
        Request::Rcpt { .. } => Err(CommandFlaw::Parameter),
        _ => Err(form),
    }
}

/// What stands after a word with its colon, and after blanks, which some relays put there.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let text = text.trim_start_matches(' ');
    let (start, rest) = text.split_at_checked(word.len())?;
    start
        .eq_ignore_ascii_case(word)
        .then(|| rest.trim_start_matches(' '))
}

fn flaw(error: &Error) -> CommandFlaw {
    match error {
        Error::UnknownCommand => CommandFlaw::Unknown,
        Error::SyntaxError { syntax } => CommandFlaw::Argument(syntax),
        Error::InvalidParameter { .. } | Error::UnsupportedParameter { .. } => {
            CommandFlaw::Parameter
        }
        Error::InvalidSenderAddress => CommandFlaw::Sender,
        Error::InvalidRecipientAddress => CommandFlaw::Recipient,
        Error::NeedsMoreData { .. } | Error::ResponseTooLong | Error::InvalidResponse { .. } => {
            CommandFlaw::Argument("a command with its argument")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn commands_are_read() {
        let mail = |sender: Option<&str>, size| Command::Mail {
            sender: sender.map(address),
            size,
        };
        for (line, command) in [
            ("EHLO relay.example", Command::Hello(Hello::Ehlo)),
            ("helo [192.0.2.1]", Command::Hello(Hello::Helo)),
            ("LHLO relay", Command::Hello(Hello::Lhlo)),
            ("MAIL FROM:<a@b.example>", mail(Some("a@b.example"), None)),
            (
                "mail from: <a@b.example> size=10 body=8bitmime",
                mail(Some("a@b.example"), Some(10)),
            ),
            ("MAIL FROM:<> BODY=7BIT", mail(None, None)),
            (
                "RCPT TO:<\"a b\"@c.example>",
                Command::Recipient(address("\"a b\"@c.example")),
            ),
            ("DATA", Command::Data),
            ("DATA ", Command::Data),
            ("starttls", Command::StartTls),
            ("NOOP what ever", Command::Noop),
            ("RSET", Command::Reset),
            ("VRFY a", Command::Verify),
            ("HELP", Command::Help),
            ("QUIT", Command::Quit),
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_told() {
        use CommandFlaw as F;
        for (line, expected) in [
            ("", F::Unknown),
            ("GET / HTTP/1.1", F::Unknown),
            ("MAILFROM:<a@b.example>", F::Unknown),
            ("MAIL FROM:<a b@c.example>", F::Sender),
            ("MAIL FROM:<a@b.example> SMTPUTF8", F::Parameter),
            ("MAIL FROM:<a@b.example> BODY=BINARYMIME", F::Parameter),
            ("MAIL FROM:<a@b.example> SIZE=many", F::Parameter),
            ("MAIL FROM:<a@b.example> RET=FULL", F::Parameter),
            ("MAIL FROM:<a@b.example> FOO", F::Parameter),
            ("MAIL FROM:<a@b.example> AUTH=<>", F::Parameter),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", F::Parameter),
            ("RCPT TO:<>", F::Recipient),
            ("RCPT TO:<nobody>", F::Recipient),
            ("BDAT 10 LAST", F::Chunk),
            ("BDAT", F::Chunk),
            (" bdat 10 FOO", F::Chunk),
            ("BDAT 10\tLAST", F::Chunk),
            ("BDAT 99999999999999999999999", F::Chunk),
            ("AUTH PLAIN AGEAYg==", F::NotOffered),
            ("EXPN list", F::NotOffered),
            ("RCPT TO:<ä@b.example>", F::NotAscii),
        ] {
            assert_eq!(parse(line.as_bytes()), Err(expected), "{line}");
        }
        for line in [
            "MAIL FROM:a@b.example",
            "RCPT <a@b.example>",
            "MAIL",
            "EHLO",
            "DATA 1",
            "STARTTLS x",
            "NO\0OP",
        ] {
            let parsed = parse(line.as_bytes());
            assert!(matches!(parsed, Err(F::Argument(_))), "{line}: {parsed:?}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_a_command_or_a_flaw(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&line);
        }

        #[test]
        fn addresses_come_out_as_they_went_in(
            address in r#"([a-z0-9!#$%&'*+/=?^_{|}~-]{1,20}|"[ -!#-\[\]-~]{0,20}")@[a-z0-9]{1,20}(\.[a-z]{2,5})?"#,
            parameters in prop_oneof![Just(""), Just(" SIZE=12"), Just(" BODY=8BITMIME SIZE=12")],
        ) {
            let line = format!("MAIL FROM:<{address}>{parameters}");
            let Ok(Command::Mail { sender: Some(sender), size }) = parse(line.as_bytes()) else {
                return Err(TestCaseError::fail(line));
            };
            prop_assert_eq!(sender.to_string(), address);
            prop_assert_eq!(size.is_some(), parameters.contains("SIZE"));
        }
    }
}
