// SPDX-License-Identifier: Apache-2.0
//! Components written by hand as WebAssembly text, for what a component in Rust cannot be made to say or do.
//!
//! Memory is laid out as the canonical ABI of the component model has records: fields in order, each aligned to its size. What a
//! component answers is fixed; every `build` and `parse` ends with the problem [`PROBLEM`].

use std::fmt::Write as _;

use silta::describe::{Rotation, SecretAlphabet, SecretForm, SecretSource};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{
    WorldItem,
    abi::{AbiVariant, WasmType},
};

use super::contract_text::ContractText;

/// Code of the problem that every call ends with.
pub(crate) const PROBLEM: &str = "handwritten";

/// Sentence of that problem.
pub(crate) const SENTENCE: &str = "it was written by hand";

/// Where the data begins.
const DATA: u32 = 1024;

/// Where the second page begins, which the host's strings go to.
const HEAP: u32 = 65_536;

/// A component by hand.
pub(crate) struct Handwritten {
    /// Agency id in the description.
    pub(crate) agency: &'static str,
    /// Names of operations, each with its parameter schema.
    pub(crate) operations: Vec<(&'static str, &'static str)>,
    /// Whether the operations are inbound.
    pub(crate) inbound: bool,
    /// Exchanges that each operation takes at most.
    pub(crate) steps: u32,
    /// Interval in seconds at which each operation is run, if it is.
    pub(crate) poll: Option<u32>,
    /// Secrets that each operation needs to have obtained.
    pub(crate) credentials: Vec<&'static str>,
    /// Kinds of events, each with the schema of its data.
    pub(crate) events: Vec<(&'static str, &'static str)>,
    /// Where the values of each secret come from.
    pub(crate) source: SecretSource,
    /// Settings schema.
    pub(crate) settings_schema: &'static str,
    /// Secrets it asks for, each with the form it demands. None is required.
    pub(crate) secret_roles: Vec<(&'static str, Option<SecretForm>)>,
    /// Name of a self-test that parses an answer, and the problem code it expects.
    pub(crate) self_test: Option<(&'static str, &'static str)>,
    /// Fields of the core module, such as a table.
    pub(crate) fields: &'static str,
    /// Instructions before the description is handed out.
    pub(crate) on_describe: &'static str,
    /// Instructions before the settings are accepted.
    pub(crate) on_check_settings: &'static str,
    /// Instructions before an answer is parsed.
    pub(crate) on_parse: &'static str,
    /// Interface that is not exported.
    pub(crate) without: Option<&'static str>,
}

impl Default for Handwritten {
    fn default() -> Self {
        Self {
            agency: "handwritten",
            operations: Vec::new(),
            inbound: false,
            steps: 1,
            poll: None,
            credentials: Vec::new(),
            events: Vec::new(),
            source: SecretSource::Configured,
            settings_schema: "{}",
            secret_roles: Vec::new(),
            self_test: None,
            fields: "",
            on_describe: "",
            on_check_settings: "",
            on_parse: "",
            without: None,
        }
    }
}

impl Handwritten {
    /// The component's bytes, after the contract of this workspace.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.encode_for(ContractText::current())
    }

    /// The component's bytes, after another contract.
    pub(crate) fn encode_for(&self, mut contract: ContractText) -> Vec<u8> {
        if let Some(without) = self.without {
            let interface = contract.resolve.packages[contract.package].interfaces[without];
            let is_it = |item: &WorldItem| matches!(item, WorldItem::Interface { id, .. } if *id == interface);
            let world = &mut contract.resolve.worlds[contract.world];
            world.exports.retain(|_, item| !is_it(item));
        }
        let mut module = wat::parse_str(self.text(&contract)).unwrap();
        embed_component_metadata(
            &mut module,
            &contract.resolve,
            contract.world,
            StringEncoding::UTF8,
        )
        .unwrap();
        let encoder = ComponentEncoder::default().validate(true);
        let mut encoder = encoder.module(&module).unwrap();
        encoder.encode().unwrap()
    }

    fn text(&self, contract: &ContractText) -> String {
        let resolve = &contract.resolve;
        let mut memory = Memory::default();
        let nothing = memory.place(&[0; 64]);
        let problem = self.problem(&mut memory, 4);
        // An outcome has numbers of eight bytes in it.
        let no_outcome = self.problem(&mut memory, 8);
        let description = self.description(&mut memory);
        let mut text = format!(
            r#"(module
                (import "{blobs}" "[resource-drop]blob" (func $drop (param i32)))
                (memory (export "memory") 2)
                (global $next (mut i32) (i32.const {HEAP}))
                (data (i32.const {DATA}) "{data}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.get $next)
                    (global.set $next (i32.add (global.get $next)
                        (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8)))))
                {fields}"#,
            blobs = resolve.id_of_name(contract.package, "blobs"),
            data = memory.escaped(),
            fields = self.fields,
        );
        for item in resolve.worlds[contract.world].exports.values() {
            let WorldItem::Interface { id, .. } = item else {
                panic!("the contract exports interfaces only")
            };
            for (name, function) in &resolve.interfaces[*id].functions {
                let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
                let parameters = signature
                    .params
                    .iter()
                    .map(|kind| match kind {
                        WasmType::I64 | WasmType::PointerOrI64 => " i64",
                        WasmType::F32 => " f32",
                        WasmType::F64 => " f64",
                        _ => " i32",
                    })
                    .collect::<String>();
                let body = match name.as_str() {
                    "describe" => format!("{} (i32.const {description})", self.on_describe),
                    "check-settings" => {
                        format!("{} (i32.const {nothing})", self.on_check_settings)
                    }
                    // What is borrowed has to be given back: the payload if there is one, the body if there is an answer.
                    "build" => format!(
                        "(if (local.get 4) (then (call $drop (local.get 5)))) (i32.const {problem})"
                    ),
                    "parse" => format!(
                        "{} (if (i32.eqz (local.get 2)) (then (call $drop (local.get 6)))) (i32.const {no_outcome})",
                        self.on_parse
                    ),
                    _ => "unreachable".into(),
                };
                let interface = resolve.id_of(*id).unwrap();
                writeln!(
                    text,
                    r#"(func (export "{interface}#{name}") (param{parameters}) (result i32) {body})"#
                )
                .unwrap();
            }
        }
        text + ")"
    }

    /// `result` that is an error with a `problem`, where either stands at such an alignment.
    fn problem(&self, memory: &mut Memory, alignment: usize) -> u32 {
        let (code, nothing) = (memory.string(PROBLEM), memory.string(""));
        let sentence = memory.string(SENTENCE);
        let mut record = Record::default().u8(1);
        record.align(alignment);
        let record = record.u32(0).pair(code).pair(nothing).pair(sentence);
        memory.place(&record.0)
    }

    /// Record `description`.
    fn description(&self, memory: &mut Memory) -> u32 {
        let operations: Vec<Record> = self
            .operations
            .iter()
            .map(|(name, schema)| self.operation(memory, name, schema))
            .collect();
        let secret_roles: Vec<Record> = self
            .secret_roles
            .iter()
            .map(|(name, form)| self.secret_role(memory, name, form.as_ref()))
            .collect();
        let self_tests: Vec<Record> = self
            .self_test
            .iter()
            .map(|(name, expected)| self_test(memory, name, expected))
            .collect();
        let events = self.events.iter().map(|(kind, schema)| {
            let record = Record::default().pair(memory.string(kind));
            record.pair(memory.string("")).pair(memory.string(schema))
        });
        let events: Vec<Record> = events.collect();
        let none = memory.list(&[]);
        let record = Record::default()
            .pair(memory.string(self.agency))
            .pair(none)
            .pair(memory.string("0.0.0"))
            .pair(none)
            .pair(memory.list(&operations))
            .pair(memory.list(&events))
            .pair(none)
            .pair(none)
            .pair(memory.list(&secret_roles))
            .pair(memory.string(self.settings_schema))
            .pair(memory.list(&self_tests));
        memory.place(&record.0)
    }

    /// Record `operation`: https, read-only, no empty payload, no limits.
    fn operation(&self, memory: &mut Memory, name: &str, schema: &str) -> Record {
        let (none, one_second) = ([0; 3], 1000);
        let credentials: Vec<Record> = self
            .credentials
            .iter()
            .map(|role| Record::default().pair(memory.string(role)))
            .collect();
        Record::default()
            .pair(memory.string(name))
            .pair(memory.string(""))
            .u8(u8::from(self.inbound))
            .pair(memory.string(schema))
            .u8(0)
            .u8(0)
            .u8(0)
            .u32(u32::from(self.poll.is_some()))
            .u32(self.poll.unwrap_or_default())
            .pair(memory.list(&credentials))
            .u64_aligned()
            .u32(one_second)
            .words(&none)
            .words(&none[..2])
            .words(&none[..2])
            .u64(0)
            .u64(0)
            .u32(0)
            .u64(1024)
            .pair(memory.string(""))
            .words(&none)
            .u32(self.steps)
            .u64_aligned()
    }

    /// Record `secret-role`: not required.
    fn secret_role(&self, memory: &mut Memory, name: &str, form: Option<&SecretForm>) -> Record {
        let any = SecretForm {
            minimum_characters: 0,
            maximum_characters: 0,
            alphabet: SecretAlphabet::Any,
        };
        let place = form.unwrap_or(&any);
        let role = Record::default()
            .pair(memory.string(name))
            .pair(memory.string("for the test"))
            .u8(0)
            .u32(u32::from(form.is_some()))
            .u32(place.minimum_characters)
            .u32(place.maximum_characters)
            .u32(match place.alphabet {
                SecretAlphabet::Any => 0,
                SecretAlphabet::Base64 => 1,
                SecretAlphabet::Plain => 2,
                SecretAlphabet::Password => 3,
            });
        match &self.source {
            SecretSource::Configured => role.u32(0).words(&[0; 6]),
            SecretSource::Obtained { operation } => {
                role.u32(1).pair(memory.string(operation)).words(&[0; 4])
            }
            SecretSource::Rotated(Rotation {
                operation,
                check,
                overlap_seconds,
            }) => role
                .u32(2)
                .pair(memory.string(operation))
                .u32(u32::from(check.is_some()))
                .pair(memory.string(check.as_deref().unwrap_or_default()))
                .u32(*overlap_seconds),
        }
    }
}

/// Record `self-test`: parses an empty answer, expects a problem.
fn self_test(memory: &mut Memory, name: &str, expected: &str) -> Record {
    let (parse, problem) = (1, 2);
    let none = memory.list(&[]);
    Record::default()
        .pair(memory.string(name))
        .pair(memory.string("{}"))
        .u8(parse)
        .pair(memory.string("any"))
        .u32(200)
        .pair(none)
        .pair(none)
        // The largest of the exercises has one word more.
        .u32(0)
        .u8(problem)
        .pair(memory.string(expected))
}

/// A record under construction.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.align(4);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.align(8);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Up to the alignment of a number of eight bytes.
    fn u64_aligned(mut self) -> Self {
        self.align(8);
        self
    }

    fn words(self, values: &[u32]) -> Self {
        values.iter().fold(self, |record, value| record.u32(*value))
    }

    fn pair(self, (pointer, length): (u32, u32)) -> Self {
        self.u32(pointer).u32(length)
    }

    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }
}

/// The data of the module.
#[derive(Default)]
struct Memory(Vec<u8>);

impl Memory {
    fn place(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let address = DATA + u32::try_from(self.0.len()).unwrap();
        self.0.extend(bytes);
        address
    }

    fn string(&mut self, text: &str) -> (u32, u32) {
        (
            self.place(text.as_bytes()),
            u32::try_from(text.len()).unwrap(),
        )
    }

    /// Records of one type, whose sizes are multiples of their alignment already.
    fn list(&mut self, records: &[Record]) -> (u32, u32) {
        let bytes: Vec<u8> = records.iter().flat_map(|record| record.0.clone()).collect();
        (self.place(&bytes), u32::try_from(records.len()).unwrap())
    }

    fn escaped(&self) -> String {
        self.0.iter().map(|byte| format!("\\{byte:02x}")).collect()
    }
}
