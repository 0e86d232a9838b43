// SPDX-License-Identifier: Apache-2.0
//! The names in folders: as programs see them, and as they are on the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
};

use super::keep::Keep;
use crate::random::Random;

/// Folders by their number; what stands under each name, by its number.
type Folders = BTreeMap<u64, BTreeMap<OsString, u64>>;

#[derive(Debug, Default)]
pub(super) struct Names {
    current: Folders,
    durable: Folders,
    pending: Vec<(u64, Change)>,
}

/// A change of one folder. None of them is ever half done.
#[derive(Debug, Clone)]
struct Change {
    folder: u64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Enter(OsString, u64),
    Leave(OsString, u64),
    Rename {
        from: OsString,
        to: OsString,
        node: u64,
    },
}

impl Change {
    fn apply(&self, folders: &mut Folders) {
        let Some(names) = folders.get_mut(&self.folder) else {
            return;
        };
        let mut leave = |name: &OsString, node: u64| {
            if names.get(name) == Some(&node) {
                names.remove(name);
            }
        };
        match &self.what {
            What::Leave(name, node) => leave(name, *node),
            What::Enter(name, node) => drop(names.insert(name.clone(), *node)),
            What::Rename { from, to, node } => {
                leave(from, *node);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl Names {
    /// A folder that is there, with nothing in it. Where it stands is a name in another one.
    pub(super) fn add_folder(&mut self, folder: u64) {
        self.current.entry(folder).or_default();
        self.durable.entry(folder).or_default();
    }

    pub(super) fn find(&self, folder: u64, name: &OsStr) -> Option<u64> {
        self.current.get(&folder)?.get(name).copied()
    }

    /// In order of their numbers, so that one who reads on finds the place again when others have gone.
    pub(super) fn list(&self, folder: u64) -> Vec<(OsString, u64)> {
        let names = self.current.get(&folder).into_iter().flatten();
        let mut list: Vec<_> = names.map(|(name, node)| (name.clone(), *node)).collect();
        list.sort_by_key(|(_, node)| *node);
        list
    }

    pub(super) fn enter(&mut self, moment: u64, folder: u64, name: &OsStr, node: u64) {
        self.change(moment, folder, What::Enter(name.to_owned(), node));
    }

    pub(super) fn leave(&mut self, moment: u64, folder: u64, name: &OsStr, node: u64) {
        self.change(moment, folder, What::Leave(name.to_owned(), node));
    }

    /// Within a folder.
    pub(super) fn rename(
        &mut self,
        moment: u64,
        folder: u64,
        (from, to): (&OsStr, &OsStr),
        node: u64,
    ) {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.change(moment, folder, What::Rename { from, to, node });
    }

    fn change(&mut self, moment: u64, folder: u64, what: What) {
        let change = Change { folder, what };
        change.apply(&mut self.current);
        self.pending.push((moment, change));
    }

    /// The names of a folder are on the disk. Those of no other one.
    pub(super) fn sync(&mut self, folder: u64) {
        let pending = std::mem::take(&mut self.pending);
        for (moment, change) in pending {
            if change.folder == folder {
                change.apply(&mut self.durable);
            } else {
                self.pending.push((moment, change));
            }
        }
    }

    /// What is on the disk after a power cut is all that there is.
    pub(super) fn cut(&mut self, keep: Keep, random: &mut Random) {
        // A disk with a journal keeps a beginning, one without keeps any of them.
        let has_journal = random.percent(50);
        let end = random.below(self.pending.len() as u64 + 1);
        for (number, (moment, change)) in std::mem::take(&mut self.pending).into_iter().enumerate()
        {
            let is_kept = match keep {
                Keep::Nothing => false,
                Keep::Everything => true,
                Keep::Before(end) => moment < end,
                Keep::Pieces(_) if has_journal => (number as u64) < end,
                Keep::Pieces(_) => random.percent(50),
            };
            if is_kept {
                change.apply(&mut self.durable);
            }
        }
        self.current.clone_from(&self.durable);
    }

    /// What can be reached from a folder, itself among it. The rest is forgotten.
    pub(super) fn reached(&mut self, root: u64) -> BTreeSet<u64> {
        let (mut reached, mut left) = (BTreeSet::from([root]), vec![root]);
        while let Some(folder) = left.pop() {
            let nodes = self.current.get(&folder).into_iter().flatten();
            left.extend(
                nodes
                    .map(|(_, node)| *node)
                    .filter(|node| reached.insert(*node)),
            );
        }
        self.current.retain(|folder, _| reached.contains(folder));
        self.durable.retain(|folder, _| reached.contains(folder));
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: u64 = 1;

    fn names() -> Names {
        let mut names = Names::default();
        names.add_folder(ROOT);
        names.enter(1, ROOT, OsStr::new("kept"), 2);
        names.sync(ROOT);
        names
    }

    #[test]
    fn a_rename_is_there_or_not_and_not_before_the_folder_is_synced_for_certain() {
        let (old, new) = (OsStr::new("kept"), OsStr::new("new"));
        let mut seen = BTreeSet::new();
        for seed in 0..50 {
            let mut names = names();
            names.rename(2, ROOT, (old, new), 2);
            assert_eq!(names.find(ROOT, new), Some(2));
            names.cut(Keep::Pieces(512), &mut Random::new(seed));
            seen.insert((names.find(ROOT, old), names.find(ROOT, new)));
        }
        let both = [(None, Some(2)), (Some(2), None)];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), both);
        let mut names = names();
        names.rename(2, ROOT, (old, new), 2);
        names.sync(ROOT);
        names.cut(Keep::Nothing, &mut Random::new(1));
        assert_eq!(names.find(ROOT, new), Some(2));
    }

    #[test]
    fn a_folder_whose_name_was_not_synced_is_gone_with_all_that_was() {
        let mut names = names();
        names.add_folder(3);
        names.enter(2, ROOT, OsStr::new("folder"), 3);
        names.enter(3, 3, OsStr::new("file"), 4);
        names.sync(3);
        names.cut(Keep::Nothing, &mut Random::new(1));
        assert_eq!(names.reached(ROOT), BTreeSet::from([ROOT, 2]));
        assert!(names.list(3).is_empty());
    }
}
