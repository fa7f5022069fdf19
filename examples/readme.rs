//! The code of the READMEs and of the guide, as documentation tests.

#![doc = include_str!("../README.md")]
#![doc = include_str!("../rsevents/README.md")]
#![doc = include_str!("../rsevents-extra/README.md")]
#![doc = include_str!("../rsevents/src/guide/recipes.md")]
#![doc = include_str!("../rsevents/src/guide/tasks.md")]
#![doc = include_str!("../rsevents/src/guide/win32.md")]
#![doc = include_str!("../rsevents/src/guide/dotnet.md")]
