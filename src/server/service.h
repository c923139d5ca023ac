// What each route does, without a socket. Blocking; safe for any number of threads: the server calls it from its pool.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "env/env.h"
#include "exchange/transport.h"
#include "server/http_head.h"
#include "server/metrics.h"
#include "server/routes.h"
#include "server/staging.h"

namespace crossguard::server {

struct Request {
  std::string peer;  // of the proven key; empty on the loopback listener
  Target target;
  RequestHead head;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::unique_ptr<ReadFile> file;  // instead of body: file_bytes from file_offset
  uint64_t file_offset = 0;
  uint64_t file_bytes = 0;
};
Response ErrorResponse(const Error& error);

// A request with a body, while the body comes.
class Intake {
 public:
  virtual ~Intake() = default;  // dropped before Finish: the connection was cut
  virtual Status Take(ByteView bytes) = 0;
  virtual Response Finish() = 0;  // all of Content-Length was taken
};

class Service {
 public:
  // env, desk and metrics must outlive this. desk is called from several threads, Take by one at a time.
  Service(Env& env, exchange::ParcelDesk& desk, Staging& staging, Metrics& metrics, std::string self,
          int64_t peer_known_micros);

  // Whose key this is, as asked of the desk at most peer_known_micros ago. nullopt: unknown or revoked.
  Result<std::optional<std::string>> PeerOf(const Sha256& tls_key_sha256);
  // As PeerOf, without asking the desk: nullptr if it must be asked.
  std::shared_ptr<const std::optional<std::string>> KnownPeer(const Sha256& tls_key_sha256) const;

  // Routes with a body. The request's length has been held against the route's limit.
  Result<std::unique_ptr<Intake>> Begin(const Request& request);
  // Routes without one.
  Response Answer(const Request& request);
  // Answer() does not block for these.
  static bool IsQuick(Operation operation);

  void set_stopping() { stopping_ = true; }

 private:
  class OuterIntake;
  class FileIntake;
  Result<Response> TryAnswer(const Request& request);
  Result<Response> Parcel(const Request& request);
  Result<Response> FileContent(const Request& request);
  Result<Response> Deliver(const Request& request);
  Result<std::optional<Bytes>> Receipt(const std::string& peer, const std::string& id);

  struct Known {
    std::shared_ptr<const std::optional<std::string>> peer;
    int64_t until_micros = 0;
  };

  Env& env_;
  exchange::ParcelDesk& desk_;
  Staging& staging_;
  Metrics& metrics_;
  const std::string self_;
  const int64_t peer_known_micros_;
  std::atomic<bool> stopping_ = false;
  std::mutex taking_;  // one delivery at a time: each is one transaction of the one house
  mutable std::mutex known_mutex_;
  std::map<Sha256, Known> known_;
};

constexpr size_t kKnownKeysMax = 4'096;  // then all are asked for again

}  // namespace crossguard::server
