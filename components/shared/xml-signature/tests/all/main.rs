//! The crate through its public face.

#[cfg(test)]
mod interop;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod signing;
