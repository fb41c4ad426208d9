//! Kinoko against Python Nameko 2.14.1 over a private RabbitMQ node, in both directions.
//!
//! The cases run when `KINOKO_TEST_RABBITMQ` is set and `KINOKO_TEST_NAMEKO` names a Python that has
//! Nameko; else they are ignored, and it is said how to run them.

mod calls;
mod context;
mod declarations;
mod events;
mod malformed;
mod pools;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use kinoko_interop::{Case, case::Test};
use kinoko_testing::rabbitmq::RabbitNode;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

/// Names of async functions to a list of them.
macro_rules! tests {
    ($($module:ident :: $name:ident,)*) => {
        &[$((concat!(stringify!($module), "::", stringify!($name)), |case| Box::pin($module::$name(case)))),*]
    };
}

const TESTS: &[(&str, Test)] = tests![
    calls::python_calls_rust_as_it_calls_python,
    calls::rust_calls_python,
    calls::values_that_json_has_no_word_for,
    calls::nobody_there,
    calls::a_deadline_and_a_cancel_do_not_disturb_python,
    context::goes_from_rust_through_python_to_rust,
    context::goes_from_python_through_rust_to_python,
    context::is_read_with_and_without_the_prefix,
    pools::a_python_and_a_rust_instance_share_the_calls,
    pools::a_python_and_a_rust_instance_share_the_events,
    events::from_python_to_rust,
    events::from_rust_to_python,
    declarations::rust_first,
    declarations::python_first,
    malformed::requests,
    malformed::events,
    malformed::odd_yet_understood,
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let needed = Needed::from_env().map(Arc::new);
    if let Err(reason) = &needed
        && !arguments.list
    {
        println!("the tests against Nameko are left out: {reason}");
    }
    let trial = |&(name, test): &(&'static str, Test)| {
        let prepared = needed.clone();
        let run = move || {
            let (python, uri) = prepared?.virtual_host(name)?;
            Ok(Case::run(uri, python, test)?)
        };
        Trial::test(name, run).with_ignored_flag(needed.is_err())
    };
    let trials = TESTS.iter().map(trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // The node stops when the last that holds it lets go.
    drop(needed);
    conclusion.exit_code()
}

/// What the tests need: a Python with Nameko, and a RabbitMQ node, started when first asked for.
struct Needed {
    python: PathBuf,
    node: OnceLock<Result<RabbitNode, String>>,
    runtime: Runtime,
}

impl Needed {
    fn from_env() -> Result<Needed, String> {
        let hint = "`cargo xtask test` installs what they need and runs them";
        let (Some(python), Some(_)) =
            (std::env::var_os("KINOKO_TEST_NAMEKO"), std::env::var_os("KINOKO_TEST_RABBITMQ"))
        else {
            return Err(format!(
                "KINOKO_TEST_RABBITMQ=1 and KINOKO_TEST_NAMEKO=<a Python with nameko 2.14.1> are not \
                 set; {hint}"
            ));
        };
        let runtime = Runtime::new().map_err(|err| err.to_string())?;
        Ok(Needed { python: python.into(), node: OnceLock::new(), runtime })
    }

    /// The Python, and a virtual host of that test's own.
    fn virtual_host(&self, test: &str) -> Result<(PathBuf, String), String> {
        let start = || self.runtime.block_on(RabbitNode::start()).map_err(|err| err.to_string());
        let node = self.node.get_or_init(start).as_ref().map_err(Clone::clone)?;
        let name = test.replace("::", ".");
        let uri = self.runtime.block_on(node.new_vhost(&name)).map_err(|err| err.to_string())?;
        Ok((self.python.clone(), uri))
    }
}
