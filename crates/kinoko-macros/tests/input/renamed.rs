//! The crate by another name.

use kinoko as framework;

#[derive(Debug, framework::Fault)]
#[kinoko(crate = framework)]
pub enum PlaceError {
    Full,
}

#[derive(framework::Dependencies)]
#[kinoko(crate = framework)]
pub struct Orders {
    call: framework::CallContext,
}

#[framework::service(name = "orders", crate = framework)]
impl Orders {
    #[rpc]
    async fn place(&self) -> Result<String, PlaceError> {
        Ok(self.call.call_id().to_owned())
    }
}
