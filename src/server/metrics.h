// What the operator may count: nothing here names a peer or a parcel. Prometheus text exposition format 0.0.4.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace crossguard::server {

class Metrics {
 public:
  using Counter = std::atomic<uint64_t>;

  // operation: an operationId, or "none" for a request that is no route.
  void CountRequest(std::string_view operation, int status);

  Counter bytes_in = 0, bytes_out = 0;  // on the wire, TLS included
  Counter connections = 0;              // accepted
  Counter connections_open = 0;         // now
  Counter handshakes_failed = 0;        // no certificate, expired, not TLS 1.3
  Counter refused_unknown_key = 0;      // a certificate whose key is not pinned, or revoked
  Counter refused_full = 0;             // beyond connections_max
  Counter refused_rate = 0;             // beyond a peer's requests
  Counter closed_slow = 0;              // a time-out, or slower than the least rate
  Counter parcels_delivered = 0;        // decided, with a receipt
  Counter parcels_corrupt = 0;          // a file was not the one that outer.json names
  std::string Text(uint64_t parcels_open) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;  // operations and codes are few
};

}  // namespace crossguard::server
