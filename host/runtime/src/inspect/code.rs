// SPDX-License-Identifier: Apache-2.0
//! What the body of a function costs the compiler.
//!
//! Most instructions cost about the same. Two things cost more than their bytes show: values that a branch, a block or a call carries (a type
//! can have many and is named by its number), and local variables where control flow forks and joins, since the compiler looks each of them up
//! through every place where paths meet. Both are counted here as if the worst were the case.

use wasmparser::{BlockType, FunctionBody, Operator};

use super::{Flaw, module::Module};

/// A local variable that has to be looked up through a fork costs a part of an instruction: where loops enclose one another, about an eighth.
const LOOKUPS_PER_STEP: u64 = 8;

/// How many values something takes and gives.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values {
    pub(super) taken: u64,
    pub(super) given: u64,
}

/// What a function costs.
pub(super) struct Cost {
    /// Local variables, parameters included.
    pub(super) locals: u64,
    /// Instructions, values carried, and lookups of local variables.
    pub(super) steps: u64,
}

/// Adds up what the body of a function costs.
pub(super) fn cost(
    body: &FunctionBody<'_>,
    function: usize,
    module: &Module,
) -> Result<Cost, Flaw> {
    let own = module.function_values(function);
    let mut locals = own.taken;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(group?.0.into());
    }
    let mut count = Count {
        module,
        labels: vec![own.given],
        forks: 0,
        steps: 0,
    };
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        count.operator(&operators.read()?)?;
    }
    let lookups = locals.saturating_mul(count.forks) / LOOKUPS_PER_STEP;
    Ok(Cost {
        locals,
        steps: count.steps.saturating_add(locals).saturating_add(lookups),
    })
}

struct Count<'a> {
    module: &'a Module,
    /// How many values a branch to each enclosing block carries.
    labels: Vec<u64>,
    forks: u64,
    steps: u64,
}

impl Count<'_> {
    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Flaw> {
        self.steps += 1;
        match operator {
            Operator::Block { blockty } | Operator::If { blockty } => {
                let values = self.block(*blockty);
                self.enter(values, values.given);
            }
            Operator::TryTable { try_table } => {
                let values = self.block(try_table.ty);
                self.enter(values, values.given);
                self.carry(try_table.catches.len() as u64);
            }
            Operator::Loop { blockty } => {
                let values = self.block(*blockty);
                self.enter(values, values.taken);
            }
            Operator::Else => self.forks += 1,
            Operator::End => {
                self.forks += 1;
                let carried = self.labels.pop().unwrap_or_default();
                self.carry(carried);
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth);
            }
            Operator::BrTable { targets } => {
                self.branch(targets.default());
                for target in targets.targets() {
                    self.branch(target?);
                }
            }
            Operator::Return => {
                let given = self.labels.first().copied().unwrap_or_default();
                self.carry(given);
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                let function = usize::try_from(*function_index).unwrap_or(usize::MAX);
                let values = self.module.function_values(function);
                self.carry(values.taken + values.given);
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. } => {
                let values = self.module.type_values(*type_index);
                self.carry(values.taken + values.given);
            }
            _ => {}
        }
        Ok(())
    }

    fn block(&self, kind: BlockType) -> Values {
        match kind {
            BlockType::Empty => Values::default(),
            BlockType::Type(_) => Values { taken: 0, given: 1 },
            BlockType::FuncType(kind) => self.module.type_values(kind),
        }
    }

    fn enter(&mut self, values: Values, by_branch: u64) {
        self.forks += 1;
        self.carry(values.taken + values.given);
        self.labels.push(by_branch);
    }

    fn branch(&mut self, depth: u32) {
        self.forks += 1;
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let label = self.labels.iter().rev().nth(depth).copied();
        self.carry(label.unwrap_or_default() + 1);
    }

    fn carry(&mut self, values: u64) {
        self.steps = self.steps.saturating_add(values);
    }
}
