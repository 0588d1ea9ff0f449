//! Connections to PostgreSQL that send what they are given at once.
//!
//! The driver leaves Nagle's algorithm on (sqlx 0.9.0, its issue 4335; other versions turn it off). The end of a copy is
//! a second small packet, which then waits until the server has confirmed the first: 40 ms for each copy, in which
//! nothing is done. The driver does not hand out its sockets, so they are asked of the system.

/// Makes the connections of this process to `port` send at once; whether they do.
#[cfg(target_os = "linux")]
pub(crate) fn send_at_once(port: u16) -> bool {
    use rustix::net::sockopt::set_tcp_nodelay;

    sockets(port).is_ok_and(|sockets| {
        sockets
            .iter()
            .all(|socket| set_tcp_nodelay(socket, true).is_ok())
    })
}

/// Nothing is known of the sockets of a process elsewhere.
#[cfg(not(target_os = "linux"))]
pub(crate) fn send_at_once(_port: u16) -> bool {
    false
}

/// Further handles to the sockets of this process whose other end is `port`. Containers may forbid that.
#[cfg(target_os = "linux")]
fn sockets(port: u16) -> std::io::Result<Vec<std::os::fd::OwnedFd>> {
    use rustix::io::Errno;
    use rustix::net::{SocketAddr, getpeername};
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        // What was closed meanwhile is nothing to find.
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"));
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let (true, Some(number)) = (is_socket, number) else {
            continue;
        };
        let socket = match pidfd_getfd(&this, number, PidfdGetfdFlags::empty()) {
            Ok(socket) => socket,
            Err(Errno::BADF) => continue,
            Err(error) => return Err(error.into()),
        };
        let peer = getpeername(&socket)
            .ok()
            .flatten()
            .and_then(|peer| SocketAddr::try_from(peer).ok());
        if peer.is_some_and(|peer| peer.port() == port) {
            found.push(socket);
        }
    }
    Ok(found)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd as _;

    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    use super::send_at_once;

    #[test]
    fn only_the_connections_to_that_port_send_at_once() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let other = TcpListener::bind("127.0.0.1:0").expect("a port");
        let to = |server: &TcpListener| {
            TcpStream::connect(server.local_addr().expect("an address")).expect("a connection")
        };
        let (ours, theirs) = (to(&server), to(&other));
        assert!(!ours.nodelay().expect("an option"));
        let port = server.local_addr().expect("an address").port();
        // Some containers forbid it, and then it must say so.
        let forbidden = pidfd_open(getpid(), PidfdFlags::empty())
            .and_then(|this| pidfd_getfd(&this, ours.as_raw_fd(), PidfdGetfdFlags::empty()))
            .is_err();
        assert_eq!(send_at_once(port), !forbidden);
        assert_eq!(ours.nodelay().expect("an option"), !forbidden);
        assert!(!theirs.nodelay().expect("an option"));
    }
}
