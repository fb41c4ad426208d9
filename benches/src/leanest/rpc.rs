//! Calls, fast ones only: a client and a service.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};
use uuid::{Uuid, fmt::Hyphenated};

use super::wire::{Message, Queue, Wire, frame, publish, short};
use crate::{
    Failure,
    by_hand::json,
    load::{self, Ask},
    order::Orders,
};

const RPC: &str = "nameko-rpc";
const PATIENCE: Duration = Duration::from_secs(30);

type Waiting = Arc<Mutex<HashMap<Bytes, oneshot::Sender<Bytes>>>>;

/// Makes calls as told.
pub(crate) async fn call(uri: &str) -> Result<(), Failure> {
    let key = Uuid::new_v4().to_string();
    let name = format!("rpc.reply-leanest-{key}");
    let queue =
        Queue { exchange: RPC, name: &name, routing_key: &key, expires: true, no_ack: true };
    let (wire, mut incoming) = Wire::open(uri, queue).await?;
    let waiting = Waiting::default();
    let call_id = format!("leanest.call.{}", Uuid::new_v4());
    let client = Arc::new(Client { wire, waiting: waiting.clone(), reply_to: key, call_id });
    tokio::spawn(async move {
        let handing_out = |message: Message| {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(waiter) = waiting.remove(&message.correlation_id) {
                let _ = waiter.send(message.body);
            }
        };
        while incoming.messages(handing_out).await.is_ok() {}
    });
    let call = move |ask: Ask| {
        let client = client.clone();
        async move { timeout(PATIENCE, client.hello(ask.size)).await? }
    };
    load::run(Orders::ready(None)?, call).await
}

struct Client {
    wire: Wire,
    waiting: Waiting,
    reply_to: String,
    call_id: String,
}

impl Client {
    async fn hello(&self, size: usize) -> Result<(), Failure> {
        let id = id();
        let (sender, reply) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(Bytes::copy_from_slice(&id), sender);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
        let deadline = i64::try_from(deadline.as_millis())?;
        let headers = |out: &mut Vec<u8>| {
            short(out, b"nameko.call_id_stack");
            out.push(b'A');
            out.extend_from_slice(&(self.call_id.len() as u32 + 5).to_be_bytes());
            out.push(b'S');
            out.extend_from_slice(&(self.call_id.len() as u32).to_be_bytes());
            out.extend_from_slice(self.call_id.as_bytes());
            short(out, b"kinoko-deadline");
            out.push(b'l');
            out.extend_from_slice(&deadline.to_be_bytes());
        };
        let properties = |out: &mut Vec<u8>| {
            // Content type and encoding, headers, mode, priority, correlation id, reply-to,
            // expiration, message id.
            out.extend_from_slice(&0b1111_1111_1000_0000_u16.to_be_bytes());
            common(out, headers);
            short(out, &id);
            short(out, self.reply_to.as_bytes());
            short(out, b"30000");
            short(out, &self::id());
        };
        let body = json::request(size)?;
        self.wire.add(|out| publish(out, (RPC, b"greeter.hello", true), properties, &body));
        json::check(&reply.await?, size)
    }
}

/// Serves until the measurement is over.
pub(crate) async fn serve(uri: &str) -> Result<(), Failure> {
    let queue = Queue {
        exchange: RPC,
        name: "rpc-greeter",
        routing_key: "greeter.*",
        expires: false,
        no_ack: false,
    };
    let (wire, mut incoming) = Wire::open(uri, queue).await?;
    let serving = async {
        loop {
            let answering = |message: Message| {
                let wire = wire.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(&wire, &message) {
                        eprintln!("a request was not answered: {error}");
                    }
                });
            };
            incoming.messages(answering).await?;
        }
    };
    tokio::select! {
        failed = serving => failed,
        done = Orders::ready(None)?.serve(|| 0) => done,
    }
}

fn answer(wire: &Wire, message: &Message) -> Result<(), Failure> {
    let body = json::hello(&message.body)?;
    let properties = |out: &mut Vec<u8>| {
        // Content type and encoding, headers, mode, priority, correlation id, message id.
        out.extend_from_slice(&0b1111_1100_1000_0000_u16.to_be_bytes());
        common(out, |_| ());
        short(out, &message.correlation_id);
        short(out, &id());
    };
    wire.add(|out| {
        publish(out, (RPC, &message.reply_to, false), properties, &body);
        frame(out, 1, |out| {
            out.extend_from_slice(&[0, 60, 0, 80]);
            out.extend_from_slice(&message.tag.to_be_bytes());
            out.push(0);
        });
    });
    Ok(())
}

/// The properties that every message has, up to the priority.
fn common(out: &mut Vec<u8>, headers: impl FnOnce(&mut Vec<u8>)) {
    short(out, b"application/json");
    short(out, b"utf-8");
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    headers(out);
    let size = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&[1, 0]);
}

fn id() -> [u8; Hyphenated::LENGTH] {
    let mut text = [0; Hyphenated::LENGTH];
    Uuid::new_v4().hyphenated().encode_lower(&mut text);
    text
}
