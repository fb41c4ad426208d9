//! Declaring what there has to be, and binding it.

use kinoko_amqp_client::{Channel, Error, ExchangeDeclaration, Fields, QueueDeclaration};

use super::Desk;
use crate::topology::{EXCHANGES, LINKS, Link, Marks, QUEUES, To, is_durable};

/// Declares everything.
pub(super) async fn set_up(desk: &Desk) -> Option<()> {
    let channel = desk.channel().await?;
    for it in EXCHANGES {
        let mut arguments = Fields::new();
        if !it.alternate.is_empty() {
            arguments.insert("alternate-exchange", it.alternate);
        }
        let exchange = ExchangeDeclaration {
            name: it.name,
            kind: it.kind,
            durable: it.durable,
            arguments,
            ..ExchangeDeclaration::default()
        };
        desk.ask("declaring an exchange", channel.declare_exchange(&exchange)).await?;
    }
    for name in QUEUES {
        declare(desk, &channel, name).await?;
    }
    for link in LINKS {
        desk.ask("binding", bind(&channel, &link)).await?;
    }
    desk.close_channel(&channel).await;
    Some(())
}

/// Declares a queue.
pub(super) async fn declare(desk: &Desk, channel: &Channel, name: &str) -> Option<()> {
    let mut arguments = Fields::new();
    if name == "small" {
        arguments.insert("x-max-length", 3);
        arguments.insert("x-overflow", "reject-publish");
    }
    let durable = is_durable(name);
    let queue = QueueDeclaration { name, durable, arguments, ..QueueDeclaration::default() };
    desk.ask("declaring a queue", channel.declare_queue(&queue)).await.map(drop)
}

pub(super) async fn bind(channel: &Channel, link: &Link) -> Result<(), Error> {
    let arguments = link.arguments();
    match link.to {
        To::Queue(queue) => channel.bind_queue(queue, link.source, link.key, &arguments).await,
        To::Exchange(name) => channel.bind_exchange(name, link.source, link.key, &arguments).await,
    }
}

pub(super) async fn unbind(channel: &Channel, link: &Link) -> Result<(), Error> {
    let arguments = link.arguments();
    match link.to {
        To::Queue(queue) => channel.unbind_queue(queue, link.source, link.key, &arguments).await,
        To::Exchange(name) => {
            channel.unbind_exchange(name, link.source, link.key, &arguments).await
        }
    }
}

impl Link {
    fn arguments(&self) -> Fields {
        let mut arguments = self.marks.fields();
        if !self.matches.is_empty() {
            arguments.insert("x-match", self.matches);
        }
        arguments
    }
}

impl Marks {
    /// As a table.
    pub(super) fn fields(self) -> Fields {
        let mut fields = Fields::new();
        if !self.color.is_empty() {
            fields.insert("color", self.color);
        }
        if self.size != 0 {
            fields.insert("size", self.size);
        }
        fields
    }
}
