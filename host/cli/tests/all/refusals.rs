//! What goes wrong is told with file, place and remedy, and leaves everything as it was.

mod components;
mod configuration;
mod files;
mod keys;
mod limits;
mod parameters;
