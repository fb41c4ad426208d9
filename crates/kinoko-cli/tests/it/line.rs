//! What is wrong before any broker is asked.

use crate::kinoko;

/// Nothing listens on this port.
const NOBODY: &str = "amqp://guest:hunter2@127.0.0.1:1/";

#[test]
fn what_is_wrong_is_said_with_a_code() {
    let check = |args: &[&str], code: i32, text: &str| {
        let ran = kinoko(NOBODY, args);
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        assert!(ran.err.contains(text), "{args:?}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    };
    check(&["call", "orders"], 2, "such as orders.place");
    check(&["call", "orders.place", "{"], 2, "is neither");
    check(&["call", "orders.place", "--timeout", "0"], 2, "more than 0 seconds");
    check(&["emit", "orders", "placed", "nonsense"], 2, "not JSON");
    check(&["cal", "orders.place"], 2, "call");
    check(&["call", "orders.place", "--timeout", "5"], 3, "--amqp-uri or in AMQP_URI");
    check(&["emit", "orders", "placed", "{}", "--amqp-uri", "http://x"], 2, "");
}
