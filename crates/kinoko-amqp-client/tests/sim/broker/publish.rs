//! Publishing, as the broker does it: which queues want a message, which take it, and what is said.

use std::{cell::Cell, rc::Rc, time::Duration};

use kinoko_amqp_client::{
    Properties,
    codec::{BasicPublish, BasicReturn, ContentHeader},
};

use super::{
    Broker,
    confirms::Due,
    queue::{Content, Stored},
};
use crate::{
    ledger::{Fate, Key},
    message,
    property::Property,
};

impl Broker {
    pub(super) fn publish(
        &mut self,
        id: u32,
        number: u16,
        publish: BasicPublish<'_>,
        header: Vec<u8>,
        body: Vec<u8>,
    ) {
        let (exchange, routing_key) =
            (publish.exchange.to_string(), publish.routing_key.to_string());
        let Some(key) = key_of(&header) else {
            return self.violated(id, "a message without its key");
        };
        if !message::is_whole(key, &body) {
            return self.violated(id, format!("message {key} is not whole"));
        }
        let see = |it: &Self, fate| it.world.ledger.borrow_mut().see(key, fate);
        if !exchange.is_empty() && !self.exchanges.contains_key(&exchange) {
            see(self, Fate::Lost);
            return self.refuse(id, number, 404, "NOT_FOUND - no such exchange");
        }
        if self.alarm
            && let Some(session) = self.sessions.get_mut(&id)
        {
            session.stopped = true;
        }
        let queues = self.route(&exchange, &routing_key, &header);
        self.check_route(key, (&exchange, &routing_key), &header, &queues);
        let (persistent, confirmed) = (is_persistent(&header), Cell::new(false));
        let content =
            Rc::new(Content { key, exchange, routing_key, header, body, persistent, confirmed });
        if queues.is_empty() {
            let returned = publish.mandatory;
            see(self, if returned { Fate::Returned } else { Fate::Accepted });
            if returned {
                self.return_it(id, number, &content);
            }
        }
        let publish = self.count_publish(id, number, &content, queues.len());
        let mut refused = false;
        for name in &queues {
            let accepts = self.store(name, &content);
            refused |= !accepts;
            self.answer_later(id, number, publish, name, accepts);
        }
        if !queues.is_empty() {
            see(self, if refused { Fate::Refused } else { Fate::Accepted });
        } else if let Some(channel) = self.channel(id, number)
            && let Some(confirms) = &mut channel.confirms
        {
            confirms.ready.insert(publish, true);
            let serial = channel.serial;
            // RabbitMQ answers it with whatever else can be answered when it has nothing else to do.
            let wait = self.random.millis(0..3);
            self.later(wait, Due::Flush { id, number, serial });
        }
    }

    /// Puts a message into a queue, if it has room.
    fn store(&mut self, name: &str, content: &Rc<Content>) -> bool {
        let place = self.number();
        let Some(queue) = self.queues.get_mut(name) else { return false };
        if queue.max_length.is_some_and(|most| queue.ready.len() >= most) {
            return false;
        }
        let message = Rc::clone(content);
        queue.ready.insert(place, Stored { place, redelivered: false, message });
        self.books.stored += 1;
        self.world.ledger.borrow_mut().store(content.key);
        true
    }

    /// The number of a publish, on a channel that asks for confirms.
    fn count_publish(&mut self, id: u32, number: u16, content: &Rc<Content>, queues: usize) -> u64 {
        let Some(confirms) = self.channel(id, number).and_then(|it| it.confirms.as_mut()) else {
            return 0;
        };
        confirms.last += 1;
        let publish = confirms.last;
        confirms.contents.insert(publish, Rc::clone(content));
        if queues > 0 {
            confirms.waiting.insert(publish, (queues, false));
        }
        self.check_unconfirmed(id);
        publish
    }

    /// Has a queue answer when it is done; each in its own time, and in batches, so that answers come
    /// late, together, and not in the order of publishing.
    fn answer_later(&mut self, id: u32, number: u16, publish: u64, queue: &str, accepts: bool) {
        let slowness = self.queues.get(queue).map_or(0, |it| it.slowness);
        let Some(channel) = self.channel(id, number).filter(|it| it.confirms.is_some()) else {
            return;
        };
        let serial = channel.serial;
        let mut wait = Duration::ZERO;
        if slowness > 0 {
            let since = self.world.elapsed().as_millis() as u64;
            wait = Duration::from_millis(slowness - since % slowness);
        }
        self.later(wait, Due::Queue { id, number, serial, publish, accepts });
    }

    fn return_it(&mut self, id: u32, number: u16, content: &Content) {
        let back = BasicReturn {
            reply_code: 312,
            reply_text: "NO_ROUTE".into(),
            exchange: (&content.exchange).into(),
            routing_key: (&content.routing_key).into(),
        };
        self.send(id, number, back);
        self.send_content(id, number, content);
    }

    fn check_unconfirmed(&self, id: u32) {
        let Some(session) = self.sessions.get(&id) else { return };
        let confirms = session.channels.values().filter_map(|it| it.confirms.as_ref());
        let outstanding: usize = confirms.map(super::confirms::Confirms::outstanding).sum();
        if outstanding > session.terms.unconfirmed {
            let text = format!("{outstanding} publishes of connection {id} wait for an answer");
            self.world.fail(Property::UnconfirmedIsBounded, text);
        }
    }
}

fn key_of(header: &[u8]) -> Option<Key> {
    message::key_of(&ContentHeader::read(header).ok()?.properties)
}

fn is_persistent(header: &[u8]) -> bool {
    let mode = ContentHeader::read(header).ok().and_then(|it| it.properties.delivery_mode);
    mode == Some(Properties::PERSISTENT)
}
