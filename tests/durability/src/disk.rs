// SPDX-License-Identifier: Apache-2.0
//! A disk with a file system: what programs see, what would be there after a power cut, and what goes wrong on request.
//!
//! A sync of a file makes its bytes durable, a sync of a folder the names in it; nothing else makes anything durable. What is not told apart: permissions
//! and times, which are changed at once.

mod file;
mod keep;
mod names;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use file::File;
pub(crate) use keep::Keep;
use names::Names;

use crate::random::Random;

/// The uppermost folder.
pub(crate) const ROOT: u64 = 1;

/// An error of the system, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

/// What a program asks of a disk that changes it, or makes a change durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    Open,
    Create,
    MakeFolder,
    Write,
    SetLength,
    Sync,
    SyncFolder,
    Rename,
    Remove,
}

impl Call {
    fn is_sync(self) -> bool {
        matches!(self, Self::Sync | Self::SyncFolder)
    }
}

/// What goes wrong: the call of this number, counted from the first, and the following ones if it `stays`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) first: u64,
    /// It waits for a sync. What number a call has depends on how the threads of a program take turns.
    pub(crate) at_sync: bool,
    pub(crate) stays: bool,
    pub(crate) errno: Errno,
}

impl Fault {
    /// Whether it meets this call; it has been `met` before, or not. A full disk lets a program open what is there, cut it short and remove it.
    fn meets(&self, number: u64, call: Call, met: bool) -> bool {
        let begins = !met && number >= self.first && (call.is_sync() || !self.at_sync);
        let takes_room = !matches!(call, Call::Open | Call::SetLength | Call::Remove);
        match self.stays {
            false => begins,
            true => takes_room && (met || begins),
        }
    }
}

/// What is asked of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes {
    pub(crate) node: u64,
    pub(crate) mode: u32,
    pub(crate) size: usize,
    pub(crate) is_folder: bool,
}

struct Node {
    mode: u32,
    /// None for a folder.
    file: Option<File>,
}

pub(crate) struct Disk {
    nodes: BTreeMap<u64, Node>,
    names: Names,
    last_node: u64,
    /// Calls so far, of those that are counted.
    calls: u64,
    /// Those of them that were syncs, of files and folders.
    syncs: Vec<u64>,
    /// The power fails within this call.
    cut_at: Option<u64>,
    is_off: bool,
    fault: Option<Fault>,
    /// Which call the fault met first.
    met: Option<Call>,
    random: Random,
}

impl Disk {
    /// An empty one.
    pub(crate) fn new(seed: u64) -> Self {
        let mut names = Names::default();
        names.add_folder(ROOT);
        let root = Node {
            mode: 0o700,
            file: None,
        };
        Self {
            nodes: BTreeMap::from([(ROOT, root)]),
            names,
            last_node: ROOT,
            calls: 0,
            syncs: Vec::new(),
            cut_at: None,
            is_off: false,
            fault: None,
            met: None,
            random: Random::new(seed),
        }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// Which calls were syncs.
    pub(crate) fn syncs(&self) -> &[u64] {
        &self.syncs
    }

    pub(crate) fn is_off(&self) -> bool {
        self.is_off
    }

    /// The power fails within the call that is so many after those so far.
    pub(crate) fn cut_after(&mut self, calls: u64) {
        self.cut_at = Some(self.calls + calls);
    }

    /// The power fails now.
    pub(crate) fn turn_off(&mut self) {
        self.is_off = true;
    }

    /// The power has not failed after all: what failed was the process that was told so. Nothing is lost.
    pub(crate) fn revive(&mut self) {
        (self.is_off, self.cut_at) = (false, None);
    }

    /// A fault, or none any more. Its call is counted from here.
    pub(crate) fn set_fault(&mut self, fault: Option<Fault>) {
        self.met = None;
        self.fault = fault.map(|fault| Fault {
            first: self.calls + fault.first,
            ..fault
        });
    }

    pub(crate) fn met(&self) -> Option<Call> {
        self.met
    }

    /// The power comes back: of what was not synced, that is left which `keep` says.
    pub(crate) fn restart(&mut self, keep: Keep) {
        self.names.cut(keep, &mut self.random);
        let reached = self.names.reached(ROOT);
        self.nodes.retain(|node, _| reached.contains(node));
        for file in self
            .nodes
            .values_mut()
            .filter_map(|node| node.file.as_mut())
        {
            file.cut(keep, &mut self.random);
        }
        (self.is_off, self.cut_at) = (false, None);
        self.syncs.clear();
        self.set_fault(None);
    }

    /// By chance.
    pub(crate) fn choose_keep(&mut self) -> Keep {
        Keep::choose(&mut self.random, self.calls)
    }

    fn alive(&self) -> Result<(), Errno> {
        match self.is_off {
            true => Err(Errno(libc::EIO)),
            false => Ok(()),
        }
    }

    /// Counts a call. What it does, it does before it is answered: with the error that is handed out, if there is one.
    fn begin(&mut self, call: Call) -> Result<Option<Errno>, Errno> {
        self.alive()?;
        self.calls += 1;
        if call.is_sync() {
            self.syncs.push(self.calls);
        }
        if Some(self.calls) == self.cut_at {
            // It may have been done, or a part of it: it is among what was not synced.
            self.is_off = true;
            return Ok(Some(Errno(libc::EIO)));
        }
        match self.fault {
            Some(fault) if fault.meets(self.calls, call, self.met.is_some()) => {
                self.met.get_or_insert(call);
                Err(fault.errno)
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn attributes(&self, node: u64) -> Result<Attributes, Errno> {
        self.alive()?;
        let found = self.nodes.get(&node).ok_or(Errno(libc::ENOENT))?;
        Ok(Attributes {
            node,
            mode: found.mode,
            size: found.file.as_ref().map_or(0, File::length),
            is_folder: found.file.is_none(),
        })
    }

    pub(crate) fn look_up(&self, folder: u64, name: &OsStr) -> Result<Attributes, Errno> {
        self.alive()?;
        let node = self.names.find(folder, name).ok_or(Errno(libc::ENOENT))?;
        self.attributes(node)
    }

    pub(crate) fn list(&self, folder: u64) -> Result<Vec<(OsString, Attributes)>, Errno> {
        self.alive()?;
        let names = self.names.list(folder).into_iter();
        names
            .map(|(name, node)| Ok((name, self.attributes(node)?)))
            .collect()
    }

    pub(crate) fn open(&mut self) -> Result<(), Errno> {
        self.begin(Call::Open)?.map_or(Ok(()), Err)
    }

    /// A file, or a folder, that was not there.
    pub(crate) fn create(
        &mut self,
        folder: u64,
        name: &OsStr,
        mode: u32,
        call: Call,
    ) -> Result<Attributes, Errno> {
        let error = self.begin(call)?;
        if self.names.find(folder, name).is_some() {
            return Err(Errno(libc::EEXIST));
        }
        self.last_node += 1;
        let node = self.last_node;
        let is_folder = call == Call::MakeFolder;
        if is_folder {
            self.names.add_folder(node);
        }
        let file = (!is_folder).then(File::default);
        self.nodes.insert(node, Node { mode, file });
        self.names.enter(self.calls, folder, name, node);
        error.map_or_else(|| self.attributes(node), Err)
    }

    pub(crate) fn remove(&mut self, folder: u64, name: &OsStr) -> Result<(), Errno> {
        let error = self.begin(Call::Remove)?;
        let node = self.names.find(folder, name).ok_or(Errno(libc::ENOENT))?;
        if !self.names.list(node).is_empty() {
            return Err(Errno(libc::ENOTEMPTY));
        }
        self.names.leave(self.calls, folder, name, node);
        error.map_or(Ok(()), Err)
    }

    /// Within a folder; nothing here is moved from one to another.
    pub(crate) fn rename(
        &mut self,
        (folder, name): (u64, &OsStr),
        (new_folder, new_name): (u64, &OsStr),
    ) -> Result<(), Errno> {
        let error = self.begin(Call::Rename)?;
        if folder != new_folder {
            return Err(Errno(libc::EXDEV));
        }
        let node = self.names.find(folder, name).ok_or(Errno(libc::ENOENT))?;
        let moment = self.calls;
        self.names.rename(moment, folder, (name, new_name), node);
        error.map_or(Ok(()), Err)
    }

    pub(crate) fn set_mode(&mut self, node: u64, mode: u32) -> Result<(), Errno> {
        self.alive()?;
        let found = self.nodes.get_mut(&node).ok_or(Errno(libc::ENOENT))?;
        found.mode = mode & 0o7777;
        Ok(())
    }

    pub(crate) fn set_length(&mut self, node: u64, length: usize) -> Result<(), Errno> {
        let error = self.begin(Call::SetLength)?;
        let moment = self.calls;
        self.file(node)?.set_length(moment, length);
        error.map_or(Ok(()), Err)
    }

    pub(crate) fn read(&self, node: u64, at: usize, size: usize) -> Result<&[u8], Errno> {
        self.alive()?;
        let file = self.nodes.get(&node).and_then(|node| node.file.as_ref());
        Ok(file.ok_or(Errno(libc::ENOENT))?.read(at, size))
    }

    pub(crate) fn write(&mut self, node: u64, at: usize, bytes: &[u8]) -> Result<(), Errno> {
        let begun = self.begin(Call::Write);
        let moment = self.calls;
        match begun {
            Ok(error) => {
                self.file(node)?.write(moment, at, bytes);
                error.map_or(Ok(()), Err)
            }
            Err(errno) => {
                // What a write that failed has changed is not known: here, a beginning of its place.
                if errno == Errno(libc::EIO) && !self.is_off {
                    let end = self.random.below(bytes.len() as u64 + 1) as usize;
                    let some = bytes.get(..end).unwrap_or_default();
                    self.file(node)?.write(moment, at, some);
                }
                Err(errno)
            }
        }
    }

    pub(crate) fn sync(&mut self, node: u64) -> Result<(), Errno> {
        match self.begin(Call::Sync) {
            Ok(None) => {
                self.file(node)?.sync();
                Ok(())
            }
            Ok(Some(errno)) => Err(errno),
            Err(errno) => {
                if !self.is_off {
                    let mut random = self.random.clone();
                    self.file(node)?.sync_failed(&mut random);
                    self.random = random;
                }
                Err(errno)
            }
        }
    }

    pub(crate) fn sync_folder(&mut self, folder: u64) -> Result<(), Errno> {
        self.begin(Call::SyncFolder)?.map_or(Ok(()), Err)?;
        self.names.sync(folder);
        Ok(())
    }

    fn file(&mut self, node: u64) -> Result<&mut File, Errno> {
        let found = self.nodes.get_mut(&node).ok_or(Errno(libc::ENOENT))?;
        found.file.as_mut().ok_or(Errno(libc::EISDIR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_file(disk: &mut Disk) -> Result<(), Errno> {
        let file = disk.create(ROOT, OsStr::new("a"), 0o600, Call::Create)?;
        disk.write(file.node, 0, b"content")?;
        disk.sync(file.node)?;
        disk.sync_folder(ROOT)
    }

    #[test]
    fn the_power_fails_within_a_call_and_stays_off() {
        for cut in 1..=4 {
            let mut disk = Disk::new(1);
            disk.cut_after(cut);
            assert_eq!(write_file(&mut disk), Err(Errno(libc::EIO)));
            assert_eq!(disk.calls(), cut);
            assert!(disk.look_up(ROOT, OsStr::new("a")).is_err() && disk.is_off());
            disk.restart(Keep::Nothing);
            assert!(disk.list(ROOT).unwrap().is_empty(), "{cut}");
        }
        let mut disk = Disk::new(1);
        write_file(&mut disk).unwrap();
        disk.turn_off();
        disk.restart(Keep::Nothing);
        let file = disk.look_up(ROOT, OsStr::new("a")).unwrap();
        assert_eq!(disk.read(file.node, 0, 99).unwrap(), b"content");
    }

    #[test]
    fn a_fault_meets_one_call_or_all_that_take_room_until_it_is_lifted() {
        let mut disk = Disk::new(1);
        let errno = Errno(libc::ENOSPC);
        let fault = |first, at_sync, stays| {
            Some(Fault {
                first,
                at_sync,
                stays,
                errno,
            })
        };
        disk.set_fault(fault(2, false, false));
        assert_eq!(write_file(&mut disk), Err(errno));
        assert_eq!(disk.met(), Some(Call::Write));
        disk.remove(ROOT, OsStr::new("a")).unwrap();
        write_file(&mut disk).unwrap();
        disk.set_fault(fault(1, false, true));
        disk.remove(ROOT, OsStr::new("a")).unwrap();
        assert_eq!(write_file(&mut disk), Err(errno));
        assert_eq!(write_file(&mut disk), Err(errno));
        disk.set_fault(None);
        write_file(&mut disk).unwrap();
        for stays in [false, true] {
            let mut disk = Disk::new(1);
            disk.set_fault(fault(1, true, stays));
            assert_eq!(write_file(&mut disk), Err(errno));
            assert_eq!(disk.met(), Some(Call::Sync));
            disk.remove(ROOT, OsStr::new("a")).unwrap();
            assert_eq!(write_file(&mut disk).is_err(), stays);
        }
    }
}
