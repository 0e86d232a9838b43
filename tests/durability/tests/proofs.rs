// SPDX-License-Identifier: Apache-2.0
//! ```sh
//! cargo test -p silta-durability --test proofs                                        # each proof, with few rounds
//! cargo test -p silta-durability --test proofs -- power-cut rounds 200 seed 20261129
//! ```

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    return silta_durability::run();
    #[cfg(not(target_os = "linux"))]
    {
        println!("skipped: this is for Linux");
        ExitCode::SUCCESS
    }
}
