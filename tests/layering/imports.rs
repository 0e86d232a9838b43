// SPDX-License-Identifier: Apache-2.0
//! Which file of a package uses which other one, read from its sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    Attribute, Item, ItemMod, ItemUse, Meta, UseTree, Visibility,
    visit::{self, Visit},
};

/// A module that is a file, by its path in the package: empty for the root.
pub(super) type Module = Vec<String>;

/// Names that a file gets from elsewhere.
#[derive(Default)]
struct Source {
    /// Every path of the file that begins with `crate`, `self` or `super`, or with a module of the file, in its absolute form.
    paths: BTreeSet<Module>,
    /// What it hands on, by the name under which it does: absolute paths.
    handed_on: BTreeMap<String, Module>,
}

/// The files of a package and the other files that each uses. Tests do not count. What a file only hands on, it does not use.
pub(super) fn imports(package: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut sources = BTreeMap::new();
    read(&package.join("src"), "lib.rs", Vec::new(), &mut sources);
    if !sources.contains_key(&Vec::new()) {
        read(&package.join("src"), "main.rs", Vec::new(), &mut sources);
    }
    let edges = sources.iter().map(|(module, source)| {
        let targets = source
            .paths
            .iter()
            .filter_map(|path| file_of(path, &sources, 0));
        let targets = targets.filter(|target| target != module);
        (module.clone(), targets.collect())
    });
    edges.collect()
}

/// Reads a file and those of its modules.
fn read(folder: &Path, name: &str, module: Module, sources: &mut BTreeMap<Module, Source>) {
    let Ok(text) = fs::read_to_string(folder.join(name)) else {
        return;
    };
    let file = syn::parse_file(&text).unwrap();
    let mut reader = Reader {
        here: module.clone(),
        modules: Vec::new(),
        inline: Vec::new(),
        used: Vec::new(),
        idents: BTreeSet::new(),
        source: Source::default(),
    };
    reader.modules = file.items.iter().filter_map(declared).collect();
    reader.visit_file(&file);
    let children = reader.modules.clone();
    let source = reader.finish();
    sources.insert(module.clone(), source);
    let below = match module.last() {
        Some(_) => folder.join(name.trim_end_matches(".rs")),
        None => folder.to_owned(),
    };
    for child in children {
        let module = [module.clone(), vec![child.clone()]].concat();
        read(&below, &format!("{child}.rs"), module, sources);
    }
}

/// A module with a file of its own that is not for tests.
fn declared(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) if module.content.is_none() && !is_test(&module.attrs) => {
            Some(module.ident.to_string())
        }
        _ => None,
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        _ => false,
    })
}

struct Reader {
    here: Module,
    /// Its modules that are files.
    modules: Vec<String>,
    /// Modules within the file that are being read.
    inline: Vec<String>,
    /// What it imports for itself or hands on: name, absolute path, whether it hands it on.
    used: Vec<(String, Module, bool)>,
    /// Names that occur outside of imports.
    idents: BTreeSet<String>,
    source: Source,
}

impl Reader {
    /// A path as seen from the root of the package, if it leads into it.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let here = [self.here.clone(), self.inline.clone()].concat();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([here, rest.to_vec()].concat()),
            "super" => {
                let mut base = here;
                base.pop()?;
                let mut rest = rest;
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
                Some([base, rest.to_vec()].concat())
            }
            name if self.modules.iter().any(|module| module == name) => {
                Some([self.here.clone(), path.to_vec()].concat())
            }
            _ => None,
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>, handed_on: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before, handed_on);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before, handed_on);
                }
            }
            UseTree::Name(name) => {
                let ident = name.ident.to_string();
                let mut path = before.clone();
                if ident != "self" {
                    path.push(ident);
                }
                let shown = path.last().cloned().unwrap_or_default();
                if let Some(path) = self.absolute(&path) {
                    self.used.push((shown, path, handed_on));
                }
            }
            UseTree::Rename(name) => {
                let path = [before.clone(), vec![name.ident.to_string()]].concat();
                if let Some(path) = self.absolute(&path) {
                    self.used.push((name.rename.to_string(), path, handed_on));
                }
            }
            UseTree::Glob(_) => {
                if let Some(path) = self.absolute(before) {
                    self.source.paths.insert(path);
                }
            }
        }
    }

    fn finish(mut self) -> Source {
        for (name, path, handed_on) in std::mem::take(&mut self.used) {
            if handed_on {
                self.source.handed_on.insert(name.clone(), path.clone());
            }
            // What is handed on and named besides is used as well.
            if !handed_on || self.idents.contains(&name) {
                self.source.paths.insert(path);
            }
        }
        self.source
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        if item.content.is_some() {
            self.inline.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.inline.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        if !is_test(&item.attrs) {
            let handed_on = !matches!(item.vis, Visibility::Inherited);
            self.tree(&item.tree, &mut Vec::new(), handed_on);
        }
    }

    fn visit_item(&mut self, item: &'a Item) {
        let attributes: &[Attribute] = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let Some(first) = segments.first() {
            self.idents.insert(first.clone());
        }
        if segments.len() > 1
            && let Some(path) = self.absolute(&segments)
        {
            self.source.paths.insert(path);
        }
        visit::visit_path(self, path);
    }
}

/// How often a name is handed on; more is a circle.
const DEEPEST: usize = 8;

/// The file in which something is defined, found through those that hand it on.
fn file_of(path: &[String], sources: &BTreeMap<Module, Source>, depth: usize) -> Option<Module> {
    let mut module = Module::new();
    let mut rest = path;
    while let Some((next, after)) = rest.split_first() {
        let below = [module.clone(), vec![next.clone()]].concat();
        if sources.contains_key(&below) {
            module = below;
            rest = after;
            continue;
        }
        let source = sources.get(&module)?;
        match source.handed_on.get(next) {
            Some(target) if depth < DEEPEST => {
                let target = [target.clone(), after.to_vec()].concat();
                return file_of(&target, sources, depth + 1);
            }
            _ => break,
        }
    }
    Some(module)
}
