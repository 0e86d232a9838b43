// SPDX-License-Identifier: Apache-2.0
//! The gateway's client of mail against the simulated relay of Suomi.fi messages: both keep RFC 5321 by code of their own.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use silta_gateway::outbound::{
    Blocking, Mail, MailAnswer, MailClient, MailOutcome, MailRelay, MailSecurity, MailStage, Phase,
    ServerTrust,
};
use silta_simulators::{
    Simulator,
    suomifi_mail::{
        MailCredential, MailRelaySetup, MailRelaySimulator, MailSecurity as RelaySecurity,
        ReceiptEvent, Received, Script, Verdict,
    },
};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

const MAILBOX: &str = "010190-900P@asiointitili.fi";

/// A relay, its authority, and a client of it.
struct Scene {
    relay: MailRelaySimulator,
    client: MailClient,
    blocking: Blocking,
}

impl Scene {
    fn new(security: MailSecurity, misbehaviours: &[&str]) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Relays");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let mut setup =
            MailRelaySetup::new(certificate.pem(), key.serialize_pem(), "kunta.example");
        setup.security = match security {
            MailSecurity::Implicit => RelaySecurity::Implicit,
            MailSecurity::StartTls => RelaySecurity::StartTls,
            MailSecurity::PlainOnLoopback => RelaySecurity::None,
        };
        setup.issuer = Some(MailCredential {
            certificates_pem: authority.pem(),
            key_pem: authority.key().serialize_pem(),
        });
        setup.script = misbehaviours.iter().fold(Script::new(), |script, text| {
            script.once(text.parse().unwrap())
        });
        let relay = MailRelaySimulator::start(setup).unwrap();
        let trust = ServerTrust::anchors([&authority.der()[..]]).unwrap();
        let client = MailClient::new(MailRelay {
            trust: Some(trust),
            connect_timeout: PATIENCE,
            ..MailRelay::new("localhost", relay.address().port(), security)
        });
        Self {
            relay,
            client: client.unwrap(),
            blocking: Blocking::new().unwrap(),
        }
    }

    fn send(&self, mail: Mail) -> MailOutcome {
        self.blocking.send_mail(&self.client, mail)
    }

    #[track_caller]
    fn answer(&self, mail: Mail) -> MailAnswer {
        match self.send(mail) {
            MailOutcome::Answered(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn record(&self) -> Received {
        let mut records = self.relay.take_received(PATIENCE);
        assert_eq!(records.len(), 1, "{records:?}");
        records.pop().unwrap()
    }
}

fn mail() -> Mail {
    #[rustfmt::skip]
    let headers = [
        ("Date", "Sun, 29 Nov 2026 12:00:00 +0200"),
        ("From", "kirjaamo@kunta.example"),
        ("To", MAILBOX),
        ("Subject", "=?utf-8?Q?P=C3=A4=C3=A4t=C3=B6s?=\r\n [silta:abc]"),
        ("Message-ID", "<1@kunta.example>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Mail {
        headers: headers.map(owned).to_vec(),
        body: "Hyvä asiakas\r\n.\r\n..\r\n.loppu"
            .as_bytes()
            .to_vec()
            .into(),
        timeout: PATIENCE,
        ..Mail::new("kirjaamo@kunta.example", vec![MAILBOX.to_owned()])
    }
}

#[test]
fn a_mail_passes_every_check_by_each_way() {
    for security in [
        MailSecurity::StartTls,
        MailSecurity::Implicit,
        MailSecurity::PlainOnLoopback,
    ] {
        let scene = Scene::new(security, &[]);
        let answer = scene.answer(mail());
        assert!(answer.is_accepted(), "{answer:?}");
        let record = scene.record();
        assert_eq!((record.verdict, record.failed), (Verdict::Accepted, None));
        assert_eq!(
            record.tls.is_some(),
            security != MailSecurity::PlainOnLoopback
        );
        assert_eq!(record.subject.as_deref(), Some("Päätös [silta:abc]"));
        assert!(scene.relay.wait_until_idle(PATIENCE));
        let deliveries = scene.relay.deliveries();
        let told: Vec<_> = deliveries
            .iter()
            .map(|of| of.in_reply_to.as_deref())
            .collect();
        assert_eq!(told, [Some("<1@kunta.example>"); 2]);
        assert_eq!(
            record.receipts,
            [ReceiptEvent::Relayed, ReceiptEvent::Readable]
        );
    }
}

#[test]
fn refusals_are_told_with_their_stage_and_codes() {
    let scene = Scene::new(MailSecurity::StartTls, &[]);
    let refused = |mail: Mail| {
        let answer = scene.answer(mail);
        let status = answer.reply.enhanced.map(|status| status.to_string());
        (answer.stage, answer.reply.code, status.unwrap_or_default())
    };
    let sender = Mail {
        sender: "kirjaamo@muu.example".to_owned(),
        ..mail()
    };
    assert_eq!(
        refused(sender),
        (MailStage::Sender, 550, "5.7.1".to_owned())
    );
    let recipient = Mail {
        recipients: vec!["010190-900p@asiointitili.fi".to_owned()],
        ..mail()
    };
    assert_eq!(
        refused(recipient),
        (MailStage::Recipients, 550, "5.1.1".to_owned())
    );
    let mut copied = mail();
    copied
        .headers
        .push(("Cc".to_owned(), "a@kunta.example".to_owned()));
    assert_eq!(
        refused(copied),
        (MailStage::Content, 554, "5.7.1".to_owned())
    );
    // Of two recipients one is refused, and the mail goes to the other.
    let both = Mail {
        recipients: vec![MAILBOX.to_owned(), "010280-952L@asiointitili.fi".to_owned()],
        ..mail()
    };
    let answer = scene.answer(both);
    assert!(answer.is_accepted());
    assert_eq!(answer.recipients[1].reply.code, 550);
    let failed: Vec<_> = scene.relay.received().iter().map(|of| of.failed).collect();
    let expected = [
        Some("envelope-sender"),
        Some("identity-code"),
        Some("no-copies"),
        Some("one-recipient"),
        None,
    ];
    assert_eq!(failed, expected);
}

/// Whether anything is known, how it ended and whether the relay has the mail, for each misbehaviour.
#[test]
fn what_the_client_says_of_a_mail_is_what_became_of_it() {
    enum Said {
        Accepted(u16),
        Refused(MailStage, u16),
        NotSent,
        Unknown,
    }
    use Said::{Accepted, NotSent, Refused, Unknown};
    #[rustfmt::skip]
    let rows = [
        ("greylist", Refused(MailStage::Recipients, 450), false),
        ("reject-mail=451", Refused(MailStage::Sender, 451), false),
        ("reject-rcpt=553", Refused(MailStage::Recipients, 553), false),
        ("reject-data", Refused(MailStage::Data, 451), false),
        ("reject-content", Refused(MailStage::Content, 554), false),
        ("closing=mail", Refused(MailStage::Sender, 421), false),
        ("closing=content", Refused(MailStage::Content, 421), false),
        ("closing=greeting", NotSent, false),
        ("closing=ehlo", NotSent, false),
        ("closing=starttls", NotSent, false),
        ("no-starttls", NotSent, false),
        ("starttls-refused", NotSent, false),
        ("wrong-name", NotSent, false),
        ("wrong-authority", NotSent, false),
        ("lost-reply", Unknown, true),
        ("mixed-codes", Unknown, true),
        ("drop-in-data=10", Unknown, false),
        ("multiline", Accepted(250), true),
        ("odd-code", Accepted(259), true),
        ("slow=0.05", Accepted(250), true),
        ("hang=0.2", Accepted(250), true),
    ];
    for (misbehaviour, said, has_mail) in rows {
        let scene = Scene::new(MailSecurity::StartTls, &[misbehaviour]);
        match (said, scene.send(mail())) {
            (Accepted(code), MailOutcome::Answered(answer)) => {
                assert!(answer.is_accepted(), "{misbehaviour}: {answer:?}");
                assert_eq!(answer.reply.code, code, "{misbehaviour}");
            }
            (Refused(stage, code), MailOutcome::Answered(answer)) => {
                let found = (answer.stage, answer.reply.code);
                assert_eq!(found, (stage, code), "{misbehaviour}");
            }
            (NotSent, MailOutcome::NotSent(fact)) => {
                assert!(fact.phase < Phase::SendBody, "{misbehaviour}: {fact:?}");
            }
            (Unknown, MailOutcome::Unknown(_)) => {}
            (_, outcome) => panic!("{misbehaviour}: {outcome:?}"),
        }
        let records = scene.relay.received();
        let is_kept = records.iter().any(|of| of.verdict == Verdict::Accepted);
        assert_eq!(is_kept, has_mail, "{misbehaviour}: {records:?}");
        // Sent again with the same Message-ID it arrives, and the relay knows it if it has it.
        assert!(scene.answer(mail()).is_accepted(), "{misbehaviour}");
        let last = scene.relay.received().pop().unwrap();
        assert_eq!(last.is_repeated, has_mail, "{misbehaviour}");
    }
}

#[test]
fn a_reply_that_is_held_back_too_long_leaves_the_outcome_unknown() {
    let scene = Scene::new(MailSecurity::StartTls, &["hang=120"]);
    let hasty = Mail {
        timeout: Duration::from_secs(10),
        ..mail()
    };
    let outcome = scene.send(hasty);
    assert!(matches!(outcome, MailOutcome::Unknown(_)), "{outcome:?}");
    assert_eq!(scene.record().verdict, Verdict::Accepted);
}
