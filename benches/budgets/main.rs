//! Holds the measurements against the budgets.

fn main() {}
