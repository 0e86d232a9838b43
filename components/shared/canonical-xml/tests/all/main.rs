//! The crate through its public face.

#[cfg(test)]
mod algorithms;
#[cfg(test)]
mod canonical_properties;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod loading_properties;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod model;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod subsets;
#[cfg(test)]
mod textbook;
#[cfg(test)]
mod views;
#[cfg(test)]
mod writing;
