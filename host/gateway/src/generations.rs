// SPDX-License-Identifier: Apache-2.0
//! Generations of agencies: recorded in the store before they serve, so that what serves after a crash is what was said to serve.
//!
//! A component is prepared first, and nothing of that is kept but machine code. Then, in this order: its generation is [recorded](silta_store::Store::record_generation) with
//! its component, under a number of the store's; the store [says](silta_store::Store::serve_generations) that it serves; and a pointer is swapped. A process that ends between any two
//! of these leaves a state to begin with: what the store says serves, and what it says does not.

mod deployer;
mod followed;
mod following;
mod nodes;
mod serving;
mod standing;
mod trying;

pub use deployer::{
    DeployError, DeployMode, DeployOrder, Deployer, Offered, PackageBytes, TrialOrder,
    TrialStanding, TrialWaiting,
};
pub use followed::{CannotServe, is_passing};
pub use following::{Follower, Following, OwnParts};
pub use nodes::{Held, NotServedTogether, Together, Turn, serve_together};
pub use serving::{
    Candidate, NotRolledBack, Wanted, reject, renew_configured, roll_back, serve, serve_again,
};
pub(crate) use standing::configured_otherwise;
pub use standing::{Standing, recorded, standing};
pub use trying::{end_trial, note_trial, promote, record_trial};
