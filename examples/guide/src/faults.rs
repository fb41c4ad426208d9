//! Chapter "Faults".

// ANCHOR: declare
use kinoko::prelude::*;

/// How taking money out fails.
#[derive(Debug, PartialEq, Fault)]
pub enum WithdrawError {
    /// There is less in the account than was asked for.
    #[fault(expected, message = "{missing} cents are missing")]
    NotEnough {
        /// How much is missing.
        missing: u64,
    },
    /// The account is closed.
    #[fault(expected, name = "AccountClosed", status = 410)]
    Closed,
    /// Anything else, passed on as it is.
    #[fault(transparent)]
    Other(Fault),
}

/// Needs nothing.
#[derive(Dependencies)]
pub struct Bank;

/// Keeps money: 100 cents in every account, and account 0 is closed.
#[service(name = "bank")]
impl Bank {
    /// Takes money out.
    #[rpc]
    pub async fn withdraw(&mut self, account: u32, cents: u64) -> Result<u64, WithdrawError> {
        if account == 0 {
            return Err(WithdrawError::Closed);
        }
        if account == 13 {
            // The reason is for the log. The caller reads "internal error".
            return Err(Fault::internal("the vault of account 13 is on fire").into());
        }
        100_u64.checked_sub(cents).ok_or_else(|| WithdrawError::NotEnough { missing: cents - 100 })
    }
}
// ANCHOR_END: declare

// ANCHOR: match
/// What to say about a withdrawal.
pub async fn explain(bank: &BankClient, account: u32, cents: u64) -> String {
    match bank.withdraw(account, cents).await {
        Ok(left) => format!("{left} left"),
        Err(CallError::Declared(WithdrawError::NotEnough { missing })) => {
            format!("ask for {missing} less")
        }
        Err(CallError::Declared(WithdrawError::Closed)) => "ask for another account".to_owned(),
        // Nobody there, no answer in time, or what the bank does not tell.
        Err(error) => format!("sorry: {error}"),
    }
}
// ANCHOR_END: match
