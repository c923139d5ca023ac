// The asking side: one HTTPS connection to one node, blocking, with our certificate and the other side's key pinned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/stream.h"
#include "crypto/tls.h"

namespace crossguard::server {

struct ClientLimits {
  int64_t connect_millis = 10'000;
  int64_t idle_millis = 60'000;            // no byte moves either way
  int64_t answer_millis = 30 * 60 * 1000;  // for the answer's first byte: a delivery verifies many GB
  size_t body_max_bytes = size_t{2} * 1024 * 1024;
};

struct NodeAddress {
  std::string host;  // without brackets
  uint16_t port = 0;
};
// "https://host:port", nothing behind it but a '/'. kInvalid otherwise.
Result<NodeAddress> ParseNodeAddress(std::string_view text);

// One thread. Not kept alive by anything: after an error, make a new one.
class HttpsClient {
 public:
  // Connected, and the other side has shown expected_peer. kUnavailable: it cannot be reached now. kDenied: it is not
  // who we pinned.
  static Result<std::unique_ptr<HttpsClient>> Connect(const TlsContext& context, const NodeAddress& address,
                                                      const Sha256& expected_peer, ClientLimits limits = {});
  ~HttpsClient();

  struct Answer {
    int status = 0;
    Bytes body;
  };
  // fields: whole lines with their CRLF. kUnavailable: the connection broke; kDenied: our certificate was refused.
  // An answer with an error status is an answer.
  Result<Answer> Ask(std::string_view method, const std::string& target, std::string_view fields = {},
                     ByteView body = {});
  // With a body that flows. The other side may answer before it has all: then the rest is not sent.
  Result<Answer> Send(std::string_view method, const std::string& target, std::string_view fields,
                      uint64_t length_bytes, const Source& body);
  // The answer's body flows into `sink` if its status is 200 or 206.
  Result<Answer> Fetch(const std::string& target, std::string_view fields, const Sink& sink);

  bool usable() const;  // another request may follow

 private:
  struct State;
  explicit HttpsClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossguard::server
