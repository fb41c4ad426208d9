//! [`Proxy`]: a way to the node that can be cut, go silent, change bytes, and remember what passed.

use std::sync::{Arc, Mutex, PoisonError};

use kinoko_amqp_client::ConnectOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// A listener whose connections lead to the node. Dropping it cuts all.
pub(crate) struct Proxy {
    port: u16,
    way: watch::Sender<Way>,
    passed: Arc<Mutex<Passed>>,
    _tasks: JoinSet<()>,
}

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// They go nowhere, and nobody is told.
    Silent,
    /// Both ends are told that the connection is gone.
    Cut,
}

/// Bytes that went one way.
pub(crate) struct Chunk {
    pub(crate) to_node: bool,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Default)]
struct Passed {
    chunks: Vec<Chunk>,
    keeps: bool,
    to_node: usize,
    /// What the client is to read instead of something as long.
    swap: Option<(Vec<u8>, Vec<u8>)>,
}

type Shared = Arc<Mutex<Passed>>;

impl Proxy {
    /// One in front of where the options lead, and options that lead to it.
    pub(crate) async fn before(options: &ConnectOptions) -> (Proxy, ConnectOptions) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let (way, told) = watch::channel(Way::Open);
        let passed = Shared::default();
        let mut tasks = JoinSet::new();
        let node = options.addresses[0].clone();
        tasks.spawn(accept(listener, node, told, Arc::clone(&passed)));
        let mut through = options.clone();
        through.addresses = vec![("127.0.0.1".to_owned(), port)];
        (Proxy { port, way, passed, _tasks: tasks }, through)
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// From now on has the client read `there` where the node wrote `from`, which is as long.
    pub(crate) fn swap(&self, from: &[u8], there: &[u8]) {
        assert_eq!(from.len(), there.len());
        self.lock().swap = Some((from.to_vec(), there.to_vec()));
    }

    /// From now on remembers what passes.
    pub(crate) fn keep(&self) {
        self.lock().keeps = true;
    }

    /// What passed.
    pub(crate) fn kept(&self) -> Vec<Chunk> {
        std::mem::take(&mut self.lock().chunks)
    }

    /// How many bytes went to the node.
    pub(crate) fn sent(&self) -> usize {
        self.lock().to_node
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(
    listener: TcpListener,
    node: (String, u16),
    way: watch::Receiver<Way>,
    passed: Shared,
) {
    let mut pumps = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let Ok(node) = TcpStream::connect((&*node.0, node.1)).await else { continue };
        for stream in [&client, &node] {
            let _ = stream.set_nodelay(true);
        }
        let (from_client, to_client) = client.into_split();
        let (from_node, to_node) = node.into_split();
        pumps.spawn(pump(from_client, to_node, true, way.clone(), Arc::clone(&passed)));
        pumps.spawn(pump(from_node, to_client, false, way.clone(), Arc::clone(&passed)));
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut into: OwnedWriteHalf,
    to_node: bool,
    mut way: watch::Receiver<Way>,
    passed: Shared,
) {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let current = *way.borrow_and_update();
        tokio::select! {
            biased;
            changed = way.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            read = from.read(&mut buffer), if current == Way::Open => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    let bytes = note(&passed, &buffer[..count], to_node);
                    if into.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            },
            () = std::future::ready(()), if current == Way::Cut => return,
        }
    }
}

/// Takes note of bytes that pass, and says what is to be passed on.
fn note(passed: &Shared, bytes: &[u8], to_node: bool) -> Vec<u8> {
    let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = bytes.to_vec();
    if to_node {
        passed.to_node += bytes.len();
    } else if let Some((from, there)) = &passed.swap
        && let Some(at) = bytes.windows(from.len()).position(|it| it == from)
    {
        bytes[at..at + there.len()].copy_from_slice(there);
    }
    if passed.keeps {
        passed.chunks.push(Chunk { to_node, bytes: bytes.clone() });
    }
    bytes
}
