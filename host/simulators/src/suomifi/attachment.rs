// SPDX-License-Identifier: Apache-2.0
//! Files that come along: real ones, of any size.

use crate::pdf::pdf;

/// A Tiedosto with content.
#[derive(Clone)]
pub struct Attachment {
    /// TiedostoNimi.
    pub name: String,
    /// TiedostoMuoto.
    pub media_type: String,
    /// TiedostonKuvaus.
    pub description: Option<String>,
    /// What TiedostoSisalto holds in base64.
    pub content: Vec<u8>,
}

impl Attachment {
    /// A page that says this, with a stream that nobody shows to make up the size.
    pub(super) fn pdf(name: &str, line: &str, size: usize) -> Self {
        Self {
            name: name.to_owned(),
            media_type: "application/pdf".to_owned(),
            description: None,
            content: pdf(line, size),
        }
    }

    /// A grey picture.
    pub(super) fn png(name: &str, size: usize) -> Self {
        Self {
            name: name.to_owned(),
            media_type: "image/png".to_owned(),
            description: None,
            content: png(size),
        }
    }

    /// The head of a Windows program, which nobody takes.
    pub(super) fn program() -> Self {
        let mut content = b"MZ".to_vec();
        content.resize(512, 0);
        Self {
            name: "ohjelma.exe".to_owned(),
            media_type: "application/x-msdownload".to_owned(),
            description: None,
            content,
        }
    }

    /// TiedostoKoko: kilobytes, rounded up.
    pub(super) fn kilobytes(&self) -> usize {
        self.content.len().div_ceil(1024)
    }
}

/// Pixels in a row.
const WIDTH: u32 = 64;

/// Largest block that deflate stores as it is (RFC 1951, §3.2.4).
const LARGEST_BLOCK: usize = 65_535;

/// Eight bits of grey a pixel, stored without compression.
fn png(size: usize) -> Vec<u8> {
    let row = [&[0][..], &[0xd0; WIDTH as usize]].concat();
    let height = u32::try_from(size.div_ceil(row.len()).max(1)).unwrap_or(u32::MAX);
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    let rows = row.repeat(usize::try_from(height).unwrap_or(usize::MAX));
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let named = [&name[..], content].concat();
    file.extend(length.to_be_bytes());
    file.extend(&named);
    file.extend(crc32(&named).to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(LARGEST_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = sum & 1;
            sum = (sum >> 1) ^ (0xedb8_8320 * carry);
        }
    }
    !sum
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_asked() {
        for size in [1, 1_000, 200_000] {
            for made in [
                Attachment::pdf("a.pdf", "line", size),
                Attachment::png("a.png", size),
            ] {
                let length = made.content.len();
                assert!(length >= size && length < size + 2_000, "{length} {size}");
            }
        }
        let one = Attachment {
            content: vec![0; 1025],
            ..Attachment::program()
        };
        assert_eq!(one.kilobytes(), 2);
    }

    #[test]
    fn check_sums_are_those_of_the_recommendations() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn pictures_can_be_read_by_others() {
        use std::process::Command;
        use xml_testkit::tools;
        if !tools::are_installed(&["python3"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, png(200_000)).unwrap();
        let script = "import struct, sys, zlib\n\
                      data = open(sys.argv[1], 'rb').read()[8:]\n\
                      found = {}\n\
                      while data:\n    \
                      length, = struct.unpack('>I', data[:4])\n    \
                      name, body = data[4:8], data[8:8 + length]\n    \
                      assert struct.unpack('>I', data[8 + length:12 + length])[0] == zlib.crc32(name + body)\n    \
                      found[name] = body\n    \
                      data = data[12 + length:]\n\
                      width, height = struct.unpack('>II', found[b'IHDR'][:8])\n\
                      assert len(zlib.decompress(found[b'IDAT'])) == (width + 1) * height\n";
        let output = Command::new("python3")
            .args(["-c", script])
            .arg(&file)
            .output();
        tools::succeeds(output.unwrap());
    }
}
