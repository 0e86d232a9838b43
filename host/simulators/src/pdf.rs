// SPDX-License-Identifier: Apache-2.0
//! Documents that come along: real ones, of any size.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

/// One page with a line of ASCII, and as many bytes more that nobody shows.
pub(crate) fn pdf(line: &str, padding: usize) -> Vec<u8> {
    let [catalog, pages, page, content, font, unshown] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let font_name = Name(b"F1");
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut writer = pdf.page(page);
    writer.parent(pages);
    writer.media_box(Rect::new(0.0, 0.0, 595.0, 842.0));
    writer.contents(content);
    writer.resources().fonts().pair(font_name, font);
    writer.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    let mut text = Content::new();
    text.begin_text();
    text.set_font(font_name, 14.0);
    text.next_line(72.0, 770.0);
    text.show(Str(line.as_bytes()));
    text.end_text();
    pdf.stream(content, &text.finish());
    if padding > 0 {
        pdf.stream(unshown, &vec![b' '; padding]);
    }
    pdf.finish()
}
