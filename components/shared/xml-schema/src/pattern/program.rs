// SPDX-License-Identifier: Apache-2.0
//! Expressions as automata, run over all their states at once: time is text times states, whatever the pattern.

use crate::limits::{Exceeded, Limit, Limits};

use super::PatternError;
use super::class::Class;
use super::parse::Expression;

/// A nondeterministic automaton. State 0 is the first instruction, the last one is the end.
#[derive(Clone, Debug)]
pub(super) struct Program {
    instructions: Vec<Instruction>,
    classes: Vec<Class>,
}

#[derive(Clone, Copy, Debug)]
enum Instruction {
    /// One character of the class of that number, then the next instruction.
    One(usize),
    /// The next instruction, or that one.
    Or(usize),
    Jump(usize),
    End,
}

impl Program {
    pub(super) fn of(expression: &Expression, limits: &Limits) -> Result<Self, PatternError> {
        let mut program = Self {
            instructions: Vec::new(),
            classes: Vec::new(),
        };
        program.add(expression, limits)?;
        program.instructions.push(Instruction::End);
        Ok(program)
    }

    fn push(&mut self, instruction: Instruction, limits: &Limits) -> Result<usize, PatternError> {
        if self.instructions.len() >= limits.states {
            return Err(PatternError::Limit(Exceeded {
                limit: Limit::States,
                maximum: limits.states,
            }));
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() - 1)
    }

    fn set(&mut self, at: usize, instruction: Instruction) {
        if let Some(place) = self.instructions.get_mut(at) {
            *place = instruction;
        }
    }

    fn add(&mut self, expression: &Expression, limits: &Limits) -> Result<(), PatternError> {
        match expression {
            Expression::One(class) => {
                self.classes.push(class.clone());
                self.push(Instruction::One(self.classes.len() - 1), limits)?;
            }
            Expression::Sequence(pieces) => {
                for piece in pieces {
                    self.add(piece, limits)?;
                }
            }
            Expression::Choice(branches) => self.add_choice(branches, limits)?,
            Expression::Repeat(inner, least, most) => {
                self.add_repeat(inner, (*least, *most), limits)?;
            }
        }
        Ok(())
    }

    fn add_choice(&mut self, branches: &[Expression], limits: &Limits) -> Result<(), PatternError> {
        let mut ends = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            if index + 1 == branches.len() {
                self.add(branch, limits)?;
                continue;
            }
            let split = self.push(Instruction::Or(0), limits)?;
            self.add(branch, limits)?;
            ends.push(self.push(Instruction::Jump(0), limits)?);
            self.set(split, Instruction::Or(self.instructions.len()));
        }
        let end = self.instructions.len();
        for jump in ends {
            self.set(jump, Instruction::Jump(end));
        }
        Ok(())
    }

    fn add_repeat(
        &mut self,
        inner: &Expression,
        (least, most): (u32, Option<u32>),
        limits: &Limits,
    ) -> Result<(), PatternError> {
        for _ in 0..least {
            let before = self.instructions.len();
            self.add(inner, limits)?;
            if self.instructions.len() == before {
                // Nothing, however often.
                return Ok(());
            }
        }
        let Some(most) = most else {
            let split = self.push(Instruction::Or(0), limits)?;
            self.add(inner, limits)?;
            self.push(Instruction::Jump(split), limits)?;
            self.set(split, Instruction::Or(self.instructions.len()));
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(Instruction::Or(0), limits)?);
            self.add(inner, limits)?;
        }
        let end = self.instructions.len();
        for split in splits {
            self.set(split, Instruction::Or(end));
        }
        Ok(())
    }

    pub(super) fn matches(&self, text: &str, limits: &Limits) -> Result<bool, Exceeded> {
        let mut steps = Steps {
            left: limits.configurations.saturating_mul(1_000),
            maximum: limits.configurations,
        };
        let mut states = States::new(self.instructions.len());
        self.follow(0, &mut states, &mut steps)?;
        let mut next = States::new(self.instructions.len());
        for character in text.chars() {
            next.clear();
            for &state in &states.list {
                steps.one()?;
                if let Some(Instruction::One(class)) = self.instructions.get(state)
                    && self
                        .classes
                        .get(*class)
                        .is_some_and(|class| class.contains(character))
                {
                    self.follow(state + 1, &mut next, &mut steps)?;
                }
            }
            std::mem::swap(&mut states, &mut next);
        }
        Ok(states.holds(self.instructions.len().saturating_sub(1)))
    }

    /// Adds a state and all that are reached from it without a character.
    fn follow(&self, state: usize, into: &mut States, steps: &mut Steps) -> Result<(), Exceeded> {
        let mut open = vec![state];
        while let Some(state) = open.pop() {
            steps.one()?;
            if !into.insert(state) {
                continue;
            }
            match self.instructions.get(state) {
                Some(Instruction::Or(other)) => open.extend([*other, state + 1]),
                Some(Instruction::Jump(target)) => open.push(*target),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What one match may still cost.
struct Steps {
    left: usize,
    maximum: usize,
}

impl Steps {
    fn one(&mut self) -> Result<(), Exceeded> {
        self.left = self.left.checked_sub(1).ok_or(Exceeded {
            limit: Limit::Configurations,
            maximum: self.maximum,
        })?;
        Ok(())
    }
}

/// A set of states that remembers their order, so that it is emptied in no time.
struct States {
    list: Vec<usize>,
    held: Vec<bool>,
}

impl States {
    fn new(size: usize) -> Self {
        Self {
            list: Vec::new(),
            held: vec![false; size],
        }
    }

    fn insert(&mut self, state: usize) -> bool {
        match self.held.get_mut(state) {
            Some(held) if !*held => {
                *held = true;
                self.list.push(state);
                true
            }
            _ => false,
        }
    }

    fn holds(&self, state: usize) -> bool {
        self.held.get(state).copied().unwrap_or_default()
    }

    fn clear(&mut self) {
        for state in self.list.drain(..) {
            if let Some(held) = self.held.get_mut(state) {
                *held = false;
            }
        }
    }
}
