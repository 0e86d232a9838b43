// SPDX-License-Identifier: Apache-2.0
//! What is counted, and how much of it is compiled.

/// What a component has a limited number of. The limits are part of the program: they do not grow with use, and a component that an agency's
/// protocol needs is far below each of them. What the components of this workspace have is printed by the test `deployment::sizes::real_components_are_far_below_every_limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Measure {
    /// Bytes of the component: 16 MiB. Everything else is within them.
    ComponentBytes,
    /// Components, nested ones included: 64. Tools make one for each exported interface.
    Components,
    /// Depth of components in components: 4. Tools nest one level.
    ComponentDepth,
    /// Core modules: 8. Tools make one of the program, and one of its memory or two small ones that tie in its imports.
    CoreModules,
    /// Core modules inside nested components: none. Calls between components would make the engine compile adapters that appear nowhere in
    /// the bytes, as large as their types are deep.
    NestedCoreModules,
    /// Instances of modules and components, and bundles of exports: 256.
    Instances,
    /// Aliases of exports and outer items: 8,192.
    Aliases,
    /// Functions lifted and lowered, and built-in ones: 2,048. The engine compiles a trampoline for each.
    CanonicalFunctions,
    /// Types, fields, cases, parameters and declarations outside core modules: 16,384.
    TypeParts,
    /// Depth of types in types: 16. Interfaces need two levels. The parser calls itself for each level.
    TypeDepth,
    /// Imports of the component, of nested ones and of core modules: 2,048.
    Imports,
    /// Exports, likewise: 4,096.
    Exports,
    /// Types of core modules: 4,096.
    CoreTypes,
    /// Parameters and results of one function type, of the component or of a core module: 128. A call names its type by a number of a byte or two and moves all of them.
    FunctionTypeValues,
    /// Functions of all core modules: 16,384. Each costs the compiler about 50 µs and 5 kB, however empty.
    Functions,
    /// Bytes of one function: 256 KiB. The compiler's work on one grows faster than its size.
    FunctionBytes,
    /// Bytes of all functions: 12 MiB. A whole engine of JavaScript has 9. How long compiling takes is bounded by [`CompileSteps`](Self::CompileSteps): an
    /// instruction is at least a byte and a step.
    CodeBytes,
    /// Local variables of one function, parameters included: 4,096. Two bytes can declare thousands.
    FunctionLocals,
    /// Estimated work of compiling one function, in instructions: 400,000. Counted are instructions, the values that blocks, branches and calls
    /// carry, and local variables by places where control flow forks and joins.
    FunctionSteps,
    /// The same for all functions: 8,000,000, so that compiling ends within seconds.
    CompileSteps,
    /// Tables of core modules: 16.
    Tables,
    /// Memories of core modules: 4.
    Memories,
    /// Globals of core modules: 4,096.
    Globals,
    /// Data and element segments: 16,384. Tools that write a memory down as it is after a start make up to 10,000.
    Segments,
}

impl Measure {
    /// All of them, in their order.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// How many are compiled.
    pub fn limit(self) -> u64 {
        match self {
            Self::ComponentBytes => 16 << 20,
            Self::Components => 64,
            Self::ComponentDepth => 4,
            Self::CoreModules => 8,
            Self::NestedCoreModules => 0,
            Self::Instances => 256,
            Self::Aliases => 8192,
            Self::CanonicalFunctions => 2048,
            Self::TypeParts => 16_384,
            Self::TypeDepth => 16,
            Self::Imports => 2048,
            Self::Exports => 4096,
            Self::CoreTypes => 4096,
            Self::FunctionTypeValues => 128,
            Self::Functions => 16_384,
            Self::FunctionBytes => 256 << 10,
            Self::CodeBytes => 12 << 20,
            Self::FunctionLocals => 4096,
            Self::FunctionSteps => 400_000,
            Self::CompileSteps => 8_000_000,
            Self::Tables => 16,
            Self::Memories => 4,
            Self::Globals => 4096,
            Self::Segments => 16_384,
        }
    }

    /// Stable name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What is counted, in words.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::ComponentBytes => "bytes",
            Self::Components => "components",
            Self::ComponentDepth => "components within one another",
            Self::CoreModules => "core modules",
            Self::NestedCoreModules => "core modules in nested components",
            Self::Instances => "instances",
            Self::Aliases => "aliases",
            Self::CanonicalFunctions => "lifted and lowered functions",
            Self::TypeParts => "parts of component types",
            Self::TypeDepth => "component types within one another",
            Self::Imports => "imports",
            Self::Exports => "exports",
            Self::CoreTypes => "types",
            Self::FunctionTypeValues => "parameters and results in a function type",
            Self::Functions => "functions",
            Self::FunctionBytes | Self::CodeBytes => "bytes of code",
            Self::FunctionLocals => "local variables",
            Self::FunctionSteps | Self::CompileSteps => "steps of compiling (estimated)",
            Self::Tables => "tables",
            Self::Memories => "memories",
            Self::Globals => "globals",
            Self::Segments => "data and element segments",
        }
    }
}
