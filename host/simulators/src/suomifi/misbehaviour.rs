// SPDX-License-Identifier: Apache-2.0
//! Bad manners, to be played on request.

use std::time::Duration;

use super::wire::Operation;
use crate::misbehaviour::{bytes, catalogue, seconds};

/// Something that a call may be and should not, or that a receiver has to stand. Everything that it does not name is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// The same call once more after it has been answered, as when the answer got lost.
    Redelivered,
    /// The same messages once more, in a call with another SanomaTunniste.
    RedeliveredAnew,
    /// KohdeMaara is one more than there are.
    WrongCount,
    /// The shape of the description of 2014: no header paluukanavaUrl, no Sahkoposti, Matkapuhelin and ViranomaisenEmail; Nimeke left out.
    Shape2014,
    /// Two Asiakas in one Kohde, which document V1.1 speaks of and the description forbids.
    SeveralCustomers,
    /// An attachment of this many bytes.
    HugeAttachment(usize),
    /// A program for an attachment.
    ForbiddenAttachment,
    /// TiedostoSisalto that is not base64.
    BrokenBase64,
    /// A text changed after signing.
    AlteredBody,
    /// A good signature with the certificate of an authority that nobody knows.
    Stranger,
    /// The signed Body moved into a header, another one in its place.
    WrappedBody,
    /// A Timestamp that expired an hour ago.
    Expired,
    /// No signature.
    Unsigned,
    /// The ViranomaisTunnus of another authority.
    WrongAuthority,
    /// A PalveluTunnus that the service never issued.
    UnknownService,
    /// The SOAPAction of the other operation.
    ContradictingAction,
    /// Among good messages one whose personal identity code has a wrong check character.
    InvalidIdentityCode,
    /// `xsi:nil` where the description allows it: LahetysPvm, an entry of Viittaus, an entry of Tiedostot.
    NilElements,
    /// VieKohdeTiloja with a KohteenTila that no table has.
    UnknownState,
    /// Head and body byte by byte, spread over about this time, for which the time limit is lengthened.
    ByteByByte(Duration),
    /// The connection is dropped when the answer comes, before it is read; then the same call again.
    Dropped,
    /// A document type declaration with an entity.
    Doctype,
    /// XML that breaks off.
    NotXml,
    /// An element in the Body that no description has.
    UnknownOperation,
}

impl Misbehaviour {
    /// The call that it is played on.
    pub fn operation(self) -> Operation {
        match self {
            Self::UnknownState => Operation::VieKohdeTiloja,
            _ => Operation::VieKohteita,
        }
    }

    /// Whether there has to be somebody who signs.
    pub fn needs_signing(self) -> bool {
        matches!(
            self,
            Self::AlteredBody | Self::Stranger | Self::WrappedBody | Self::Expired | Self::Unsigned
        )
    }
}

catalogue! { Misbehaviour:
    "redelivered", Redelivered => |_| Some(Self::Redelivered), "the same call twice: both times the same answer";
    "redelivered-anew", RedeliveredAnew => |_| Some(Self::RedeliveredAnew), "again with another SanomaTunniste: the same answer";
    "wrong-count", WrongCount => |_| Some(Self::WrongCount), "KohdeMaara one too many: TilaKoodi 400";
    "shape-2014", Shape2014 => |_| Some(Self::Shape2014), "the description of 2014, without Nimeke: taken";
    "several-customers", SeveralCustomers => |_| Some(Self::SeveralCustomers), "two Asiakas in a Kohde: taken, or 525, or TilaKoodi 400";
    "huge-attachment" = ("BYTES", "20000000"), HugeAttachment(_) => |text| bytes(text).map(Self::HugeAttachment), "an attachment of that size: 529, TilaKoodi 400, a Fault, HTTP 413 or no answer";
    "forbidden-attachment", ForbiddenAttachment => |_| Some(Self::ForbiddenAttachment), "a program: 528";
    "broken-base64", BrokenBase64 => |_| Some(Self::BrokenBase64), "TiedostoSisalto no base64: 525 or 522";
    "altered-body", AlteredBody => |_| Some(Self::AlteredBody), "changed after signing: TilaKoodi 406, or a Fault";
    "stranger", Stranger => |_| Some(Self::Stranger), "signed by somebody unknown: TilaKoodi 406, or a Fault";
    "wrapped-body", WrappedBody => |_| Some(Self::WrappedBody), "the signed Body moved elsewhere: TilaKoodi 406, or a Fault";
    "expired", Expired => |_| Some(Self::Expired), "a Timestamp of an hour ago: TilaKoodi 406, or a Fault";
    "unsigned", Unsigned => |_| Some(Self::Unsigned), "no signature: TilaKoodi 406, or a Fault";
    "wrong-authority", WrongAuthority => |_| Some(Self::WrongAuthority), "another ViranomaisTunnus: TilaKoodi 403";
    "unknown-service", UnknownService => |_| Some(Self::UnknownService), "another PalveluTunnus: TilaKoodi 404";
    "contradicting-action", ContradictingAction => |_| Some(Self::ContradictingAction), "SOAPAction of the other operation: taken by the Body, or TilaKoodi 400, a Fault, HTTP 400";
    "invalid-identity-code", InvalidIdentityCode => |_| Some(Self::InvalidIdentityCode), "one wrong code among good ones: 525 for that one alone";
    "nil-elements", NilElements => |_| Some(Self::NilElements), "xsi:nil where it is allowed: taken";
    "unknown-state", UnknownState => |_| Some(Self::UnknownState), "VieKohdeTiloja with KohteenTila 299: TilaKoodi 0";
    "byte-by-byte" = ("SECONDS", "60"), ByteByByte(_) => |text| seconds(text).map(Self::ByteByByte), "in that time: taken, HTTP 408, or no answer";
    "dropped", Dropped => |_| Some(Self::Dropped), "the answer not read, the call repeated: taken";
    "doctype", Doctype => |_| Some(Self::Doctype), "a DTD with an entity: a Fault, TilaKoodi 400, or HTTP 400";
    "not-xml", NotXml => |_| Some(Self::NotXml), "XML that breaks off: a Fault, or HTTP 400";
    "unknown-operation", UnknownOperation => |_| Some(Self::UnknownOperation), "a Body that nobody knows: a Fault, or HTTP 400";
}
