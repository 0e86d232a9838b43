// SPDX-License-Identifier: Apache-2.0
//! Documents written by hand, one for each thing that canonical forms and signatures have stumbled over.

/// A document and where signatures in it may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// The Id of an element inside, to be signed by it.
    pub(crate) part: &'static str,
    /// The Id of an element outside that one, which takes the signature; empty for the root.
    pub(crate) beside: &'static str,
    /// Holds comments, which same-document references leave out.
    pub(crate) comments: bool,
    /// Holds processing instructions, some around the root: part of the document and not of its root.
    pub(crate) instructions: bool,
    /// All names are in ASCII.
    pub(crate) ascii_names: bool,
    /// Declares the prefix `xml`, which is declared everywhere and never in a canonical form.
    pub(crate) declares_xml: bool,
    /// Holds characters that are line ends in XML 1.1 only.
    pub(crate) line_ends_of_1_1: bool,
}

const fn shape(name: &'static str, text: &'static str) -> Shape {
    Shape {
        name,
        text,
        part: "part",
        beside: "",
        comments: false,
        instructions: false,
        ascii_names: true,
        declares_xml: false,
        line_ends_of_1_1: false,
    }
}

/// All of them. The Id of the part is never the root's, so that the whole document is referred to by the empty URI.
pub(crate) const SHAPES: [Shape; 16] = [
    shape(
        "plain",
        "<Order><Part Id=\"part\">text<In/></Part><Rest/></Order>",
    ),
    shape(
        "prefixes",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<z:Order xmlns:z=\"urn:z\" xmlns:a=\"urn:a\" xmlns:unused=\"urn:unused\">\
         <a:Part Id=\"part\" z:y=\"1\" a:y=\"2\" y=\"3\"><z:In xmlns:a=\"urn:other\" a:x=\"4\"/></a:Part><z:Rest/></z:Order>",
    ),
    shape(
        "default-namespaces",
        "<Order xmlns=\"urn:order\"><Part xmlns=\"urn:part\" Id=\"part\"><In xmlns=\"urn:order\"><In xmlns=\"urn:part\"/></In></Part></Order>",
    ),
    shape(
        "undeclared-default",
        "<Order xmlns=\"urn:order\"><Part xmlns=\"\" Id=\"part\"><In xmlns=\"urn:in\"><Out xmlns=\"\"/></In><In xmlns=\"\"/></Part></Order>",
    ),
    shape(
        "xml-attributes",
        "<Order xmlns=\"urn:order\" xml:lang=\"fi\" xml:space=\"preserve\"><Wrap>\n <Part Id=\"part\" xml:space=\"default\"> a <In/></Part>\n</Wrap></Order>",
    ),
    shape(
        "overridden-xml-attributes",
        "<Order xml:lang=\"fi\" xml:other=\"1\"><Wrap xml:lang=\"sv\"><Part Id=\"part\"><In xml:lang=\"fi\"/></Part></Wrap></Order>",
    ),
    Shape {
        comments: true,
        ..shape(
            "comments",
            "<!-- before --><Order><!-- one --><Part Id=\"part\">te<!-- two -->xt<!----><In/></Part></Order><!-- after -->",
        )
    },
    Shape {
        instructions: true,
        ..shape(
            "instructions",
            "<?xml version=\"1.0\"?>\n<?before the root?>\n<Order><Part Id=\"part\"><?in  the part ?>t<?none?><In/></Part></Order>\n<?after?>\n",
        )
    },
    shape(
        "cdata",
        "<Order><Part Id=\"part\">a<![CDATA[<b> & \"c\" ]] > ]]>d<![CDATA[]]><In/></Part></Order>",
    ),
    shape(
        "references",
        "<Order><Part Id=\"part\" a=\"&#9;&#10;&#13;&#32;&quot;&apos;&lt;&amp;>\" b='&#x1F600;&#228;\"'>&lt;&gt;&amp;&quot;&apos;&#13;&#x9;&#10;&#x1F600;<In/></Part></Order>",
    ),
    shape(
        "line-ends",
        "<Order\r\n><Part Id=\"part\" a=\" x\r\n\ty \">one\r\ntwo\rthree\n<In\r/></Part>\r\n</Order>\r\n",
    ),
    shape(
        "byte-order-mark",
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Order><Part Id=\"part\">ä<In/></Part></Order>",
    ),
    Shape {
        ascii_names: false,
        line_ends_of_1_1: true,
        ..shape(
            "characters",
            "<Order xmlns:ö=\"urn:o\"><ö:Päärä Id=\"part\" ö:ä=\"\u{1f600}\">€ \u{10400}\u{85}\u{2028}\u{fffd} \u{10ffff}<ä/></ö:Päärä></Order>",
        )
    },
    Shape {
        beside: "security",
        ..shape(
            "envelope",
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\"><s:Header>\
             <wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" \
             s:mustUnderstand=\"1\" wsu:Id=\"security\"><wsu:Timestamp/></wsse:Security></s:Header><s:Body wsu:Id=\"part\"><m:Upload xmlns:m=\"urn:m\" \
             xsd:type=\"m:T\">text</m:Upload></s:Body></s:Envelope>",
        )
    },
    Shape {
        declares_xml: true,
        ..shape(
            "declared-xml",
            "<Order xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"><Part Id=\"part\" xmlns:xml=\"http://www.w3.org/XML/1998/namespace\" xml:lang=\"fi\"><In/></Part></Order>",
        )
    },
    shape(
        "xml-id",
        "<Order><Part xml:id=\"part\"><In><Deep/></In></Part></Order>",
    ),
];
