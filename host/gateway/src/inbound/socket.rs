// SPDX-License-Identifier: Apache-2.0
//! The Unix socket by which proxies of this machine hand calls over.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

/// Owner and group may connect, which takes the right to write (unix(7)).
const MODE: u32 = 0o660;

/// A socket that is listened at. Dropping it removes its name, if it is still the name of this one.
pub(crate) struct BoundSocket {
    path: PathBuf,
    /// Device and inode of the name.
    own: (u64, u64),
    listener: UnixListener,
}

impl BoundSocket {
    /// Listens at a path. A socket that a process has left there, and at which nobody listens, is removed first.
    ///
    /// # Errors
    /// Somebody listens there, something else has the name, or the system refuses.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        remove_left(path)?;
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            path: path.to_owned(),
            own: identity(path)?,
            listener,
        })
    }

    /// The next connection.
    pub(crate) fn listener(&self) -> io::Result<tokio::net::UnixListener> {
        tokio::net::UnixListener::from_std(self.listener.try_clone()?)
    }
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.own) {
            // What stays is removed by the next one that listens there.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Removes a socket at which nobody listens. Nothing else is ever removed.
fn remove_left(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            let told = "something that is not a socket has this name";
            return Err(io::Error::new(ErrorKind::AlreadyExists, told));
        }
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => {
            let told = "another process listens there";
            Err(io::Error::new(ErrorKind::AddrInUse, told))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_listens_and_what_was_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proxy.sock");
        let first = BoundSocket::bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, MODE);
        let second = BoundSocket::bind(&path).err().unwrap();
        assert_eq!(second.kind(), ErrorKind::AddrInUse);
        drop(first);
        assert!(!path.exists());
        // A process that was killed leaves its socket.
        drop(UnixListener::bind(&path).unwrap());
        drop(BoundSocket::bind(&path).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn nothing_else_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proxy.sock");
        fs::write(&path, "kept").unwrap();
        let refused = BoundSocket::bind(&path).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        fs::remove_file(&path).unwrap();
        // The name has gone to somebody else meanwhile.
        let own = BoundSocket::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "kept").unwrap();
        drop(own);
        assert_eq!(fs::read(&path).unwrap(), b"kept");
    }
}
