//! Connections: how long one may take to say what it wants, and how they end.

use std::{future::Future, io, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{sleep, timeout},
};

/// A connection that has not said a whole header by then is closed: one that drips would be held for ever.
const HEADERS_WITHIN: Duration = Duration::from_secs(15);
/// Bytes of a request's header.
const HEADERS: usize = 32 * 1024;
/// Connections at a time; the next ones wait in the system's backlog.
const CONNECTIONS: usize = 512;
/// What is being answered when told to stop is finished, for so long.
const FINISH_WITHIN: Duration = Duration::from_secs(20);

/// Serves until `stop` is done; requests that are being answered are finished.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(listener, router, stop, HEADERS_WITHIN).await
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    headers_within: Duration,
) -> io::Result<()> {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(headers_within).max_buf_size(HEADERS);
    let open = GracefulShutdown::new();
    let places = std::sync::Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            place = std::sync::Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut stop => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, most likely: it passes when others are closed.
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = open.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that went away or was cut off is no error of ours.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    if timeout(FINISH_WITHIN, open.shutdown()).await.is_err() {
        tracing::warn!("requests that did not end were cut off");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        sync::oneshot,
    };

    use super::*;

    /// A service that answers `/` at once and `/wait` when it is told to.
    async fn start(headers_within: Duration) -> (std::net::SocketAddr, oneshot::Sender<()>, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (answer, answered) = oneshot::channel::<()>();
        let answered = std::sync::Arc::new(tokio::sync::Mutex::new(Some(answered)));
        let wait = move || {
            let answered = std::sync::Arc::clone(&answered);
            async move {
                if let Some(answered) = answered.lock().await.take() {
                    let _ = answered.await;
                }
                "waited"
            }
        };
        let router = Router::new().route("/", get(|| async { "here" })).route("/wait", get(wait));
        let stop_when = async move {
            let _ = stopped.await;
        };
        tokio::spawn(serve_within(listener, router, stop_when, headers_within));
        (address, stop, answer)
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text).await;
        text
    }

    #[tokio::test]
    async fn a_connection_that_drips_its_header_is_closed() {
        let (address, _stop, _answer) = start(Duration::from_millis(200)).await;
        let mut drip = TcpStream::connect(address).await.unwrap();
        drip.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n").await.unwrap();
        // Returns only because the other side closes.
        assert!(!rest(&mut drip).await.contains("200 OK"));
        let mut whole = TcpStream::connect(address).await.unwrap();
        whole.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(rest(&mut whole).await.ends_with("here"));
    }

    #[tokio::test]
    async fn a_header_without_end_is_refused() {
        let (address, _stop, _answer) = start(Duration::from_secs(600)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n").await;
        for _ in 0..200 {
            if stream.write_all(&[b"x-a: ".as_slice(), &[b'a'; 1000], b"\r\n"].concat()).await.is_err() {
                break;
            }
        }
        assert!(!rest(&mut stream).await.contains("200 OK"));
    }

    #[tokio::test]
    async fn what_is_being_answered_when_told_to_stop_is_finished() {
        let (address, stop, answer) = start(Duration::from_secs(600)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        // The first byte of a second connection is answered: the first one is surely being answered, too.
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(rest(&mut other).await.ends_with("here"));
        stop.send(()).unwrap();
        answer.send(()).unwrap();
        assert!(rest(&mut stream).await.ends_with("waited"));
    }
}
