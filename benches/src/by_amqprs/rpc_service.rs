//! A service by hand: a task for each request.

use amqprs::{
    FieldTable,
    channel::{BasicAckArguments, BasicPublishArguments, Channel, ConsumerMessage},
};

use super::broker::{self, Queue, RPC};
use crate::{Failure, by_hand::json, order::Orders};

/// Serves until the measurement is over.
pub(crate) async fn serve(uri: &str) -> Result<(), Failure> {
    let connection = broker::connect(uri).await?;
    let replies = broker::open_channel(&connection).await?;
    let queue =
        Queue { name: "rpc-greeter", routing_key: "greeter.*", expires: false, no_ack: false };
    let (requests_on, mut requests) = queue.consume(&connection).await?;
    let serving = async {
        while let Some(request) = requests.recv().await {
            let (replies, requests_on) = (replies.clone(), requests_on.clone());
            tokio::spawn(async move {
                if let Err(error) = answer(request, &replies, &requests_on).await {
                    eprintln!("a request was not answered: {error}");
                }
            });
        }
        Err("the consumer ended".into())
    };
    tokio::select! {
        failed = serving => return failed,
        done = Orders::ready(None)?.serve(|| 0) => done?,
    }
    Ok(connection.close().await?)
}

async fn answer(
    request: ConsumerMessage,
    replies: &Channel,
    requests_on: &Channel,
) -> Result<(), Failure> {
    let body = json::hello(&request.content.ok_or("a request has no body")?)?;
    let asked = request.basic_properties.ok_or("a request has no properties")?;
    let mut properties = broker::properties(FieldTable::new());
    if let Some(id) = asked.correlation_id() {
        properties.with_correlation_id(id);
    }
    let reply_to = asked.reply_to().ok_or("a request has no reply_to")?;
    replies.basic_publish(properties, body, BasicPublishArguments::new(RPC, reply_to)).await?;
    let tag = request.deliver.ok_or("a request has no tag")?.delivery_tag();
    Ok(requests_on.basic_ack(BasicAckArguments::new(tag, false)).await?)
}
