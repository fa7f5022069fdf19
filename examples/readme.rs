//! The code of the READMEs, as documentation tests.

#![doc = include_str!("../README.md")]
#![doc = include_str!("../rsevents/README.md")]
#![doc = include_str!("../rsevents-extra/README.md")]
