//! One module for each agency.

mod tulli;
