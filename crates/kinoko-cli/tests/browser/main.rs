//! What the `kinoko` command writes, in the hands of others: validators, renderers, and a browser.
//!
//! Needs Node, Chromium and the packages of `package.json`; `KINOKO_TEST_BROWSER` names the folder that has these in
//! its `node_modules`. Without it each test says that it was left out. `cargo xtask test --only install --only
//! documents` sees to all of it.

mod documents;
mod site;
mod tools;
