// SPDX-License-Identifier: Apache-2.0
//! Components compiled by something else than this process: what comes back is taken, or refused by whose fault it is, and what served goes on.

use std::sync::{Arc, Mutex};

use silta::{
    Agency, CompileError, ComponentCompiler, DeployStep, Deployment, Error, Rejection, Runtime,
    exchange::Fault,
};

use super::version;
use crate::support::{handwritten::Handwritten, host::rogue_version};

/// What comes back in place of what was compiled.
type Spoil = fn(Vec<u8>) -> Result<Vec<u8>, CompileError>;

/// Compiles in another runtime, and answers as a test says.
struct Apart {
    runtime: Runtime,
    spoil: Mutex<Spoil>,
}

impl ComponentCompiler for Apart {
    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError> {
        let compiled = self.runtime.compile_for_another(component);
        let compiled = compiled.map_err(|error| CompileError::Invalid(error.to_string()))?;
        (self.spoil.lock().unwrap())(compiled)
    }
}

fn apart() -> Arc<Apart> {
    Arc::new(Apart {
        runtime: Runtime::builder().concurrent_calls(1).build().unwrap(),
        spoil: Mutex::new(Ok),
    })
}

/// A runtime that keeps no machine code, so that it has to ask.
#[expect(unsafe_code, reason = "the tests of it")]
fn asking(apart: &Arc<Apart>) -> Runtime {
    let builder = Runtime::builder().concurrent_calls(4);
    // SAFETY: what comes back is unchanged, or is refused before it is run: for what stands before the machine code, its digest, or because there is none.
    let builder = unsafe { builder.compile_by(apart.clone()) };
    builder.build().unwrap()
}

fn serve(runtime: &Runtime, number: u64) -> Agency {
    runtime.deploy("rogue", rogue_version(number)).unwrap()
}

#[test]
fn what_another_process_has_compiled_serves() {
    let apart = apart();
    let runtime = asking(&apart);
    assert_eq!(version(&serve(&runtime, 7)), 7);
    // The same component need not be compiled again.
    *apart.spoil.lock().unwrap() = |_| Err(CompileError::Failed("asked again".into()));
    assert_eq!(version(&serve(&runtime, 8)), 8);
}

#[test]
fn whose_fault_it_is_that_nothing_was_compiled_is_told() {
    let apart = apart();
    let runtime = asking(&apart);
    let serving = serve(&runtime, 7);
    let small = || Deployment::from_bytes(Handwritten::default().encode());
    let refused = |spoil: Spoil| {
        *apart.spoil.lock().unwrap() = spoil;
        let refused = runtime.deploy("rogue", small());
        assert_eq!(version(&serving), 7);
        refused.unwrap_err()
    };
    let of_component: [Spoil; 2] = [
        |_| Err(CompileError::Limit("too much".into())),
        |_| Err(CompileError::Invalid("no code".into())),
    ];
    for spoil in of_component {
        let error = refused(spoil);
        assert_eq!(error.code(), "component.rejected.compiled", "{error}");
        assert_eq!(error.fault(), Fault::Configuration);
    }
    let limit = refused(|_| Err(CompileError::Limit("too much".into())));
    assert!(matches!(
        limit,
        Error::Rejected { step: DeployStep::Compiled, reason: Rejection::CompileLimit(told), .. } if told == "too much"
    ));
    // Killed, of another engine, another component, cut, changed: it says nothing of the component.
    let of_nobody: [Spoil; 5] = [
        |_| Err(CompileError::Failed("killed".into())),
        |mut code| {
            code[0] ^= 1;
            Ok(code)
        },
        |code| Ok(code[..20].to_vec()),
        |mut code| {
            let last = code.len() - 1;
            code[last] ^= 1;
            Ok(code)
        },
        |_| {
            let other = Runtime::builder().concurrent_calls(1).build().unwrap();
            Ok(other.compile_for_another(artifacts::ROGUE.bytes).unwrap())
        },
    ];
    for spoil in of_nobody {
        let error = refused(spoil);
        assert_eq!(error.code(), "compiler.failed", "{error}");
        assert_eq!(error.fault(), Fault::Internal);
    }
    // What is no component of the contract is told before anybody compiles it.
    *apart.spoil.lock().unwrap() = |_| Err(CompileError::Failed("asked".into()));
    let empty = wat::parse_str("(component)").unwrap();
    match runtime.describe(Deployment::from_bytes(empty)) {
        Err(Error::Rejected { step, .. }) => assert_eq!(step, DeployStep::Inspected),
        other => panic!("{other:?}"),
    }
}
