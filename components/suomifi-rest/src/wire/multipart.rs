// SPDX-License-Identifier: Apache-2.0
//! An upload as multipart/form-data (RFC 7578): one part, `file`.

/// Most bytes of a request with an upload, all of it (description, status 413).
pub const LARGEST_UPLOAD: u64 = 10_485_760;

/// What stands around the content of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart {
    /// Value of Content-Type.
    pub content_type: String,
    /// Before the content.
    pub before: String,
    /// Behind it.
    pub after: String,
}

impl Multipart {
    /// Around a file of that name and type. The boundary is a text of letters, digits and hyphens that is in no content.
    ///
    /// The name stands in UTF-8 with quotation marks and line breaks in percent-encoding, as browsers write it (WHATWG HTML, "multipart form data"); `filename*`
    /// must not be there (RFC 7578 §4.2).
    pub fn around(name: &str, media_type: &str, boundary: &str) -> Self {
        let name = name.replace('"', "%22");
        let name = name.replace('\r', "%0D").replace('\n', "%0A");
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            before: format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
            ),
            after: format!("\r\n--{boundary}--\r\n"),
        }
    }

    /// Size of the whole body around a content of so many bytes.
    pub fn size(&self, content: u64) -> u64 {
        let around = self.before.len() + self.after.len();
        content.saturating_add(around as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_is_the_file_s_and_not_the_part_s() {
        let multipart = Multipart::around("Päätös \"1\".pdf", "application/pdf", "b-1");
        assert_eq!(multipart.content_type, "multipart/form-data; boundary=b-1");
        assert_eq!(
            multipart.before,
            "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Päätös %221%22.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        assert_eq!(multipart.after, "\r\n--b-1--\r\n");
        let whole = format!("{}x{}", multipart.before, multipart.after);
        assert_eq!(multipart.size(1), whole.len() as u64);
    }
}
