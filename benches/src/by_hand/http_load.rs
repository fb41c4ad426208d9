//! Load on an HTTP server: raw connections that are kept, one request after the other on each.
//!
//! It must cost much less than the server does, so it reads a response's head only once: all are of
//! one length.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
};

use crate::{Failure, load, order::Orders};

const REQUEST: &[u8] = b"GET /hello/Matt HTTP/1.1\r\nhost: bench\r\n\r\n";
const BODY: &[u8] = b"Hello, Matt!";

/// Makes requests as told.
pub(crate) async fn call(address: &str) -> Result<(), Failure> {
    let idle = Arc::new(Mutex::new(Vec::new()));
    let address: Arc<str> = address.into();
    let call = move |_| {
        let (idle, address) = (idle.clone(), address.clone());
        async move {
            // Not held while waiting, so never waited for.
            let kept = idle.lock().await.pop();
            let mut connection = match kept {
                Some(connection) => connection,
                None => Connection::open(&address).await?,
            };
            connection.get().await?;
            idle.lock().await.push(connection);
            Ok(())
        }
    };
    load::run(Orders::ready(None)?, call).await
}

struct Connection {
    stream: TcpStream,
    /// As long as a response, once one was read.
    response: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, response: Vec::new() })
    }

    async fn get(&mut self) -> Result<(), Failure> {
        self.stream.write_all(REQUEST).await?;
        if self.response.is_empty() {
            while !self.response.ends_with(BODY) && self.response.len() < 4096 {
                if self.stream.read_buf(&mut self.response).await? == 0 {
                    return Err("the server closed a connection".into());
                }
            }
        } else {
            self.stream.read_exact(&mut self.response).await?;
        }
        if self.response.starts_with(b"HTTP/1.1 200 ") && self.response.ends_with(BODY) {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&self.response).into_owned().into())
    }
}
