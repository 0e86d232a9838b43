// SPDX-License-Identifier: Apache-2.0
//! What the program builds, judged by libxml2, libxmlsec1 and OpenSSL. None of our own XML code reads here.

mod algorithms;
mod forms;
mod judges;
mod message;
mod pss;
mod shapes;
mod signing;
mod texts;
