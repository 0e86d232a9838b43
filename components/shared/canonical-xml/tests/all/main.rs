//! The crate through its public face.

#[cfg(test)]
mod generate;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod writing;
