// Private to this room: one accepted connection as its loop sees it, with TLS or without. With core.h the only headers
// that know Asio.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "crypto/tls.h"
#include "server/metrics.h"

namespace crossguard::server {

template <class T>
using Awaitable = asio::awaitable<T>;

// On the IO thread only.
class Conn {
 public:
  virtual ~Conn() = default;
  virtual Awaitable<Status> Open() = 0;        // the handshake
  virtual const Sha256* peer_key() const = 0;  // after Open; nullptr without TLS
  // Fills `out` from what is there, at least one byte. 0: the other side has sent all. kUnavailable: the connection
  // was cut.
  virtual Awaitable<Result<size_t>> Read(std::span<uint8_t> out) = 0;
  virtual Awaitable<Status> Write(ByteView bytes) = 0;  // all of it
  // Says that we have sent all. linger: reads what is still coming and drops it, until the other side closes or the
  // deadline cuts, so that it sees our last answer and not a reset.
  virtual Awaitable<void> End(bool linger) = 0;
  virtual void Cut() = 0;  // at once; whatever waits comes back with an error
};

std::unique_ptr<Conn> MakeTlsConn(asio::ip::tcp::socket socket, const TlsContext& context, Metrics& metrics);
std::unique_ptr<Conn> MakePlainConn(asio::ip::tcp::socket socket, Metrics& metrics);

}  // namespace crossguard::server
