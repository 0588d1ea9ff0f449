//! A way to the database that can be cut.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Passes bytes on. While it is cut, connections break and new ones are refused: what a client sees of a database that
/// was stopped.
pub(crate) struct Proxy {
    target: SocketAddr,
    listen: SocketAddr,
    cut: CancellationToken,
    tasks: TaskTracker,
}

impl Proxy {
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut proxy = Self {
            target,
            listen: listener.local_addr().expect("it is bound"),
            cut: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        proxy.serve(listener);
        proxy
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.listen
    }

    fn serve(&mut self, listener: TcpListener) {
        self.cut = CancellationToken::new();
        let (cut, tasks, target) = (self.cut.clone(), self.tasks.clone(), self.target);
        let accept = async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let cut = cut.clone();
                tasks.spawn(async move {
                    let pass = async {
                        let mut server = TcpStream::connect(target).await?;
                        client.set_nodelay(true)?;
                        server.set_nodelay(true)?;
                        tokio::io::copy_bidirectional(&mut client, &mut server).await
                    };
                    // Either side may hang up.
                    let _ = cut.run_until_cancelled(pass).await;
                });
            }
        };
        let cut = self.cut.clone();
        self.tasks
            .spawn(async move { cut.run_until_cancelled(accept).await });
    }

    /// Breaks everything; returns when the last connection is gone.
    pub(crate) async fn cut(&self) {
        self.cut.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    /// Lets connections through again, at the same address.
    pub(crate) async fn restore(&mut self) {
        let listener = loop {
            match TcpListener::bind(self.listen).await {
                Ok(listener) => break listener,
                // A connection to nowhere may hold the port for a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        self.serve(listener);
    }
}
