// SPDX-License-Identifier: Apache-2.0
//! One module for each agency, and what their cases have in common.

mod case;
mod cases;
mod content;
mod events;
mod expectation;
mod golden;
mod mail;
mod people;
mod suomifi_mail;
mod suomifi_rest;
mod suomifi_viestit;
mod tulli;
mod vero;
