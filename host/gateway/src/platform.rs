// SPDX-License-Identifier: Apache-2.0
//! The platform's side: an HTTP API by which an integration platform submits operations, takes out what agencies have brought, and decides on what is held.

mod agencies;
mod authorize;
mod client;
mod decisions;
mod deploy_mode;
mod deploy_problem;
mod deployments;
mod documents;
mod events;
mod idempotency;
mod inbox;
mod json;
mod limits;
mod lookout;
mod multipart;
mod openapi;
mod operations;
mod problem;
mod query;
mod range;
mod replay;
mod request_trace;
mod router;
mod server;
mod service;
mod setup;
mod small_body;
mod state;
mod submission_body;
mod submit;
mod token;
mod unpushed;
mod unread;
pub(crate) mod view;
mod view_generation;
mod view_trial;
mod write_timeout;

pub use client::{PlatformAnswer, PlatformClient, PlatformClientError, PlatformRequest};
pub(crate) use write_timeout::WriteTimeout;

pub use limits::{PlatformLimits, TokenLimits};
pub use openapi::openapi;
pub(crate) use setup::start;
pub use setup::{PlatformConfig, PlatformSetup};
pub use token::{NewToken, NoRandomness, Permission, PlatformToken};
