// The node's server: HTTP/1.1 over TLS 1.3, both sides with a certificate. One thread moves bytes; what blocks (disk,
// desk) runs on a small pool. Memory per connection is bounded: 80 kB, and 512 kB more while an upload runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "env/env.h"
#include "exchange/transport.h"
#include "server/metrics.h"
#include "server/notify.h"
#include "server/staging.h"

namespace crossguard::server {

struct ServerOptions {
  std::string listen;        // "127.0.0.1:8443", "[::1]:8443": numbers; port 0 is any free one
  std::string plain_health;  // as listen, loopback only, without TLS: /livez /readyz /metrics. Empty: none
  std::string self;          // the authority that this node is
  std::string certificate_pem;
  std::string key_pem;
  std::string incoming_folder;  // DATA/exchange/incoming
  StagingLimits staging;
  size_t connections_max = 512;
  size_t connections_per_peer_max = 128;
  double requests_per_second = 200;  // of one peer, over all its connections
  double requests_burst = 400;
  int64_t header_micros = 10 * kMicrosPerSecond;  // from a head's first byte to its last; and for the handshake
  int64_t idle_micros = 30 * kMicrosPerSecond;    // no byte at all
  int64_t slow_micros = 10 * kMicrosPerSecond;    // a body that brings less than least_bytes_per_second over this time
  uint64_t least_bytes_per_second = 4'096;        // is cut off
  int64_t stop_micros = 20 * kMicrosPerSecond;    // running requests may finish for so long
  int64_t peer_known_micros = 1 * kMicrosPerSecond;  // a revocation counts after this at the latest
  size_t workers = 4;
  bool stop_on_signals = false;  // SIGTERM, SIGINT
};

class Server {
 public:
  // Serves when it returns. env.clock must run (its monotonic time drives every time-out). env, desk outlive it.
  // kInvalid: an address, a certificate or key that cannot be used. kUnavailable: the port is taken.
  static Result<std::unique_ptr<Server>> Start(Env& env, exchange::ParcelDesk& desk, ServerOptions options,
                                               ServiceManager manager);
  ~Server();  // Stop and Wait

  uint16_t port() const;
  uint16_t health_port() const;  // 0: none
  const Metrics& metrics() const;

  void Stop();  // no new connections; running requests finish. Returns at once; from any thread
  void Wait();  // until it has stopped

 private:
  class Running;
  explicit Server(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace crossguard::server
