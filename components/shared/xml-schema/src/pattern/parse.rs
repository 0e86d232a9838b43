// SPDX-License-Identifier: Apache-2.0
//! The grammar of appendix F.

use crate::limits::{Exceeded, Limit, Limits};

use super::PatternError;
use super::class::Class;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    One(Class),
    Sequence(Vec<Self>),
    Choice(Vec<Self>),
    /// At least and at most so often; `None` is without bound.
    Repeat(Box<Self>, u32, Option<u32>),
}

pub(super) fn parse(source: &str, limits: &Limits) -> Result<Expression, PatternError> {
    let mut parser = Parser {
        characters: source.chars().collect(),
        at: 0,
        depth: limits.depth,
        maximum: limits.depth,
    };
    let expression = parser.choice()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => parser.refuse("`)` closes nothing; write `\\)` for the character"),
    }
}

struct Parser {
    characters: Vec<char>,
    at: usize,
    /// Levels that are left.
    depth: usize,
    maximum: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn takes(&mut self, character: char) -> bool {
        let takes = self.peek() == Some(character);
        self.at += usize::from(takes);
        takes
    }

    fn refuse<T>(&self, message: &'static str) -> Result<T, PatternError> {
        let at = self.at + 1;
        Err(PatternError::Grammar { at, message })
    }

    fn deeper(&mut self) -> Result<(), PatternError> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or(PatternError::Limit(Exceeded {
                limit: Limit::Depth,
                maximum: self.maximum,
            }))?;
        Ok(())
    }

    /// Production 1.
    fn choice(&mut self) -> Result<Expression, PatternError> {
        self.deeper()?;
        let mut branches = vec![self.sequence()?];
        while self.takes('|') {
            branches.push(self.sequence()?);
        }
        self.depth += 1;
        Ok(Expression::Choice(branches))
    }

    /// Production 2.
    fn sequence(&mut self) -> Result<Expression, PatternError> {
        let mut pieces = Vec::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom()?;
            pieces.push(self.quantified(atom)?);
        }
        Ok(Expression::Sequence(pieces))
    }

    /// Production 9; `^` and `$` are characters like others.
    fn atom(&mut self) -> Result<Expression, PatternError> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.choice()?;
                if self.takes(')') {
                    return Ok(inner);
                }
                self.refuse("`)` is missing")
            }
            Some('[') => {
                self.at += 1;
                Ok(Expression::One(self.class()?))
            }
            Some('.') => {
                self.at += 1;
                Ok(Expression::One(Class::dot()))
            }
            Some('\\') => {
                self.at += 1;
                Ok(Expression::One(self.escape()?.into_class()))
            }
            Some('?' | '*' | '+' | '{' | '}' | ']') | None => {
                self.refuse("a character that needs `\\` before it, or has nothing to repeat")
            }
            Some(character) => {
                self.at += 1;
                Ok(Expression::One(Class::one(character)))
            }
        }
    }

    /// Production 4.
    fn quantified(&mut self, atom: Expression) -> Result<Expression, PatternError> {
        let (least, most) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = match self.takes(',') {
                    false => Some(least),
                    true if self.peek() == Some('}') => None,
                    true => Some(self.number()?),
                };
                if self.peek() != Some('}') {
                    return self.refuse("`}` is missing");
                }
                self.at += 1;
                if most.is_some_and(|most| most < least) {
                    return self.refuse("a range that ends before it begins");
                }
                return Ok(Expression::Repeat(Box::new(atom), least, most));
            }
            _ => return Ok(atom),
        };
        self.at += 1;
        Ok(Expression::Repeat(Box::new(atom), least, most))
    }

    fn number(&mut self) -> Result<u32, PatternError> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|next| next.to_digit(10)) {
            self.at += 1;
            let tens = number.unwrap_or(0u32).saturating_mul(10);
            number = Some(tens.saturating_add(digit));
        }
        number.map_or_else(|| self.refuse("a number is missing"), Ok)
    }

    /// After `\` (productions 23 to 37).
    fn escape(&mut self) -> Result<Item, PatternError> {
        let Some(letter) = self.peek() else {
            return self.refuse("`\\` at the end");
        };
        let item = match letter {
            'n' => Item::Character('\n'),
            'r' => Item::Character('\r'),
            't' => Item::Character('\t'),
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']' => {
                Item::Character(letter)
            }
            'p' | 'P' => {
                self.at += 1;
                let class = self.property()?;
                return Ok(Item::Set(if letter == 'P' { class.not() } else { class }));
            }
            _ => match Class::escaped(letter) {
                Some(class) => Item::Set(class),
                None => {
                    return self
                        .refuse("`\\` stands before a character that means nothing after it");
                }
            },
        };
        self.at += 1;
        Ok(item)
    }

    fn property(&mut self) -> Result<Class, PatternError> {
        if !self.takes('{') {
            return self.refuse("`{` is missing after `\\p`");
        }
        let mut name = String::new();
        while let Some(next) = self.next() {
            if next != '}' {
                name.push(next);
                continue;
            }
            return match Class::property(&name) {
                Some(class) => Ok(class),
                None => {
                    self.at -= 1;
                    self.refuse("a category or block that Unicode does not have")
                }
            };
        }
        self.refuse("`}` is missing after `\\p{`")
    }

    /// After `[` (productions 11 to 22).
    fn class(&mut self) -> Result<Class, PatternError> {
        self.deeper()?;
        let is_negative = self.takes('^');
        let mut items = Vec::new();
        let mut without = None;
        loop {
            match self.peek() {
                None => return self.refuse("`]` is missing"),
                Some(']') if items.is_empty() => return self.refuse("a set without characters"),
                Some(']') => break,
                Some('-') if self.characters.get(self.at + 1) == Some(&'[') => {
                    if items.is_empty() {
                        return self.refuse("a set without characters");
                    }
                    self.at += 2;
                    without = Some(self.class()?);
                    if self.peek() == Some(']') {
                        break;
                    }
                    return self.refuse("`]` is missing after what is taken out");
                }
                Some(_) => items.push(self.item()?),
            }
        }
        self.at += 1;
        self.depth += 1;
        let mut class = Class::Any(items);
        if is_negative {
            class = class.not();
        }
        Ok(match without {
            Some(without) => Class::Without(Box::new(class), Box::new(without)),
            None => class,
        })
    }

    /// One character, escape or range within `[` and `]`.
    fn item(&mut self) -> Result<Class, PatternError> {
        let first = self.end_of_range()?;
        let is_range = self.peek() == Some('-')
            && !matches!(self.characters.get(self.at + 1), None | Some(']' | '['));
        if !is_range {
            return Ok(first.into_class());
        }
        let Item::Character(first) = first else {
            return self.refuse("a range that begins with a set");
        };
        self.at += 1;
        let start = self.at;
        match self.end_of_range()? {
            Item::Character(last) if last >= first => Ok(Class::Range(first, last)),
            _ => {
                self.at = start;
                self.refuse("a range that ends before it begins, or with a set")
            }
        }
    }

    fn end_of_range(&mut self) -> Result<Item, PatternError> {
        match self.peek() {
            Some('\\') => {
                self.at += 1;
                self.escape()
            }
            Some('[') => self.refuse("`[` in a set needs `\\` before it"),
            Some(character) => {
                self.at += 1;
                Ok(Item::Character(character))
            }
            None => self.refuse("`]` is missing"),
        }
    }
}

/// What stands for a character, or for several.
enum Item {
    Character(char),
    Set(Class),
}

impl Item {
    fn into_class(self) -> Class {
        match self {
            Self::Character(character) => Class::one(character),
            Self::Set(class) => class,
        }
    }
}
