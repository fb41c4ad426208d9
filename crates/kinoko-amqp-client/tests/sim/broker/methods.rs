//! What can be asked for on a channel, and what the broker answers.

use kinoko_amqp_client::codec::{
    BasicCancelOk, BasicConsume, BasicConsumeOk, BasicGet, BasicGetEmpty, BasicGetOk, BasicQosOk,
    BasicRecoverOk, ConfirmSelectOk, ExchangeDeleteOk, Method, QueueDeclare, QueueDeclareOk,
    QueueDeleteOk, QueuePurgeOk,
};

use super::{
    Broker,
    channel::{Consumer, Unacked},
    confirms::Confirms,
    queue::{Ended, Queue},
};
use crate::ledger::Said;

pub(super) const NOT_FOUND: &str = "NOT_FOUND";
pub(super) const PRECONDITION: &str = "PRECONDITION_FAILED";

impl Broker {
    pub(super) fn channel_method(&mut self, id: u32, number: u16, method: &Method<'_>) {
        let Some(channel) = self.channel(id, number) else { return };
        let requeued = |requeue| if requeue { Said::Requeue } else { Said::Reject };
        match method {
            Method::ConfirmSelect(it) => {
                channel.confirms.get_or_insert_with(Confirms::default);
                if !it.no_wait {
                    self.send(id, number, ConfirmSelectOk::default());
                }
            }
            Method::BasicQos(it) => {
                channel.prefetch = it.prefetch_count;
                self.send(id, number, BasicQosOk::default());
            }
            Method::BasicConsume(it) => self.consume(id, number, it),
            Method::BasicCancel(it) => {
                let tag = it.consumer_tag.to_string();
                if let Some(consumer) = channel.consumers.remove(&tag)
                    && let Some(queue) = self.queues.get_mut(&consumer.queue)
                {
                    queue.consumers.retain(|it| *it != (id, number, tag.clone()));
                }
                self.send(id, number, BasicCancelOk { consumer_tag: it.consumer_tag });
            }
            Method::BasicGet(it) => self.get(id, number, it),
            Method::BasicAck(it) => {
                self.settle(id, number, it.delivery_tag, it.multiple, Said::Ack);
            }
            Method::BasicReject(it) => {
                self.settle(id, number, it.delivery_tag, false, requeued(it.requeue));
            }
            Method::BasicNack(it) => {
                self.settle(id, number, it.delivery_tag, it.multiple, requeued(it.requeue));
            }
            Method::BasicRecover(_) => {
                let unacked = std::mem::take(&mut channel.unacked);
                channel.consumers.values_mut().for_each(|it| it.unacked = 0);
                self.give_back(unacked);
                self.send(id, number, BasicRecoverOk::default());
            }
            Method::ExchangeDeclare(it) => self.declare_exchange(id, number, it),
            Method::ExchangeDelete(it) => {
                self.delete_exchange(&it.exchange.to_string());
                self.send(id, number, ExchangeDeleteOk::default());
            }
            Method::QueueDeclare(it) => self.declare_queue(id, number, it),
            Method::QueueBind(it) => self.bind_queue(id, number, it),
            Method::QueueUnbind(it) => self.unbind_queue(id, number, it),
            Method::ExchangeBind(it) => self.bind_exchange(id, number, it),
            Method::ExchangeUnbind(it) => self.unbind_exchange(id, number, it),
            Method::QueuePurge(it) => {
                let Some(queue) = self.queues.get_mut(&it.queue.to_string()) else {
                    return self.refuse(id, number, 404, NOT_FOUND);
                };
                let purged = std::mem::take(&mut queue.ready);
                let message_count = purged.len() as u32;
                for stored in purged.into_values() {
                    self.end_copy(stored.message.key, Ended::Gone);
                }
                self.send(id, number, QueuePurgeOk { message_count });
            }
            Method::QueueDelete(it) => {
                let message_count = self.delete_queue(&it.queue.to_string());
                self.send(id, number, QueueDeleteOk { message_count });
            }
            Method::ChannelFlowOk(_) | Method::BasicCancelOk(_) => {}
            method => self.violated(id, format!("{} on channel {number}", method.name())),
        }
    }

    fn consume(&mut self, id: u32, number: u16, it: &BasicConsume<'_>) {
        let (name, tag) = (it.queue.to_string(), it.consumer_tag.to_string());
        let Some(queue) = self.queues.get_mut(&name) else {
            return self.refuse(id, number, 404, NOT_FOUND);
        };
        queue.consumers.push((id, number, tag.clone()));
        let Some(channel) = self.channel(id, number) else { return };
        let (prefetch, no_ack) = (channel.prefetch, it.no_ack);
        let consumer = Consumer { queue: name, prefetch, no_ack, unacked: 0 };
        if channel.consumers.insert(tag, consumer).is_some() {
            return self.violated(id, "a consumer tag is used twice");
        }
        self.send(id, number, BasicConsumeOk { consumer_tag: it.consumer_tag });
    }

    fn get(&mut self, id: u32, number: u16, it: &BasicGet<'_>) {
        let name = it.queue.to_string();
        let Some(queue) = self.queues.get_mut(&name) else {
            return self.refuse(id, number, 404, NOT_FOUND);
        };
        let Some((_, stored)) = queue.ready.pop_first() else {
            return self.send(id, number, BasicGetEmpty::default());
        };
        let message_count = queue.ready.len() as u32;
        let Some(channel) = self.channel(id, number) else { return };
        channel.last_tag += 1;
        let delivery_tag = channel.last_tag;
        if it.no_ack {
            self.end_copy(stored.message.key, Ended::Acked);
        } else {
            let unacked = Unacked { queue: name, consumer: None, stored: stored.clone() };
            channel.unacked.insert(delivery_tag, unacked);
            self.world.ledger.borrow_mut().delivered(id, number, stored.message.key);
        }
        let got = BasicGetOk {
            delivery_tag,
            redelivered: stored.redelivered,
            exchange: (&stored.message.exchange).into(),
            routing_key: (&stored.message.routing_key).into(),
            message_count,
        };
        self.send(id, number, got);
        self.send_content(id, number, &stored.message);
    }

    fn declare_queue(&mut self, id: u32, number: u16, it: &QueueDeclare<'_>) {
        let mut name = it.queue.to_string();
        if name.is_empty() {
            name = format!("amq.gen-{}", self.number());
        }
        let asked = |name: &str| it.arguments.get(name).and_then(|it| it.to_i64());
        match self.queues.get(&name) {
            None if it.passive => return self.refuse(id, number, 404, NOT_FOUND),
            None => {
                let queue = Queue {
                    durable: it.durable,
                    exclusive: it.exclusive.then_some(id),
                    max_length: asked("x-max-length").map(|it| it as usize),
                    slowness: self.random.one_of(&[0, 0, 1, 10, 300, 1500]),
                    ..Queue::default()
                };
                self.queues.insert(name.clone(), queue);
            }
            Some(queue) if queue.exclusive.is_some_and(|it| it != id) => {
                return self.refuse(id, number, 405, "RESOURCE_LOCKED");
            }
            Some(queue) if !it.passive && queue.durable != it.durable => {
                return self.refuse(id, number, 406, PRECONDITION);
            }
            Some(_) => {}
        }
        let queue = &self.queues[&name];
        let (message_count, consumer_count) =
            (queue.ready.len() as u32, queue.consumers.len() as u32);
        let ok = QueueDeclareOk { queue: (&name).into(), message_count, consumer_count };
        self.send(id, number, ok);
    }
}
