// Private to this room: what the connections of one server share, and one connection's loop.
#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "server/conn.h"
#include "server/server.h"
#include "server/service.h"
#include "server/token_bucket.h"

namespace crossguard::server {

// All on the IO thread, but for what runs on the pool.
struct Core {
  Core(Env& env_, exchange::ParcelDesk& desk, ServerOptions options_)
      : env(env_),
        options(std::move(options_)),
        staging(env, options.incoming_folder, options.self, options.staging),
        service(env, desk, staging, metrics, options.self, options.peer_known_micros),
        pool(options.workers) {}

  Env& env;
  const ServerOptions options;
  Metrics metrics;
  Staging staging;
  Service service;
  asio::io_context io{1};
  asio::thread_pool pool;                      // joined before io goes: what it runs refers to coroutines there
  std::map<std::string, TokenBucket> buckets;  // by peer: as many as were pinned
  std::map<std::string, size_t> connections_of;
  bool stopping = false;

  int64_t now_micros() const { return env.clock.MonotonicMicros(); }
};

// One call on the pool, awaited on the IO thread now or later. Must be awaited before it goes.
template <class T>
class PoolCall {
 public:
  explicit PoolCall(Core& core) : core_(core), done_(core.io) {}

  template <class F>
  void Start(F call) {
    result_.reset();
    done_.expires_at(std::chrono::steady_clock::time_point::max());
    asio::post(core_.pool, [this, call = std::move(call)]() mutable {
      asio::post(core_.io, [this, result = call()]() mutable {
        result_.emplace(std::move(result));
        done_.cancel();
      });
    });
  }
  Awaitable<T> Wait() {
    while (!result_) {
      asio::error_code cancelled;
      co_await done_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return std::move(*result_);
  }

 private:
  Core& core_;
  asio::steady_timer done_;
  std::optional<T> result_;
};

class Connection {
 public:
  Connection(Core& core, std::unique_ptr<Conn> conn, Listener listener)
      : core_(core), conn_(std::move(conn)), listener_(listener) {}
  ~Connection();

  Awaitable<void> Run();  // until it is over
  // Cuts it if it is late or slow.
  void Watch(int64_t now_micros);
  // Stops it if it waits for a request; otherwise it ends after the running one.
  void Stop();

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  struct Asked;  // one request on its way

  Awaitable<bool> Identify();
  Awaitable<bool> OneRequest();
  Awaitable<bool> ReadHead(Bytes& head);
  Awaitable<Status> CheckCaller(Request& request);
  Awaitable<void> TakeBody(Asked& asked, std::unique_ptr<Intake> intake);
  Awaitable<size_t> Fill(std::span<uint8_t> out);
  Awaitable<void> Skip(Asked& asked);
  Awaitable<bool> Respond(Asked& asked);
  Awaitable<Status> SendFile(const Response& response);
  void Within(int64_t micros) { deadline_micros_ = core_.now_micros() + micros; }

  Core& core_;
  std::unique_ptr<Conn> conn_;
  const Listener listener_;
  std::string peer_;
  Bytes ahead_;  // read, not used yet: the next head, or the beginning of a body
  int64_t deadline_micros_ = kNever;
  int64_t slow_since_micros_ = kNever;  // a body is coming: when the count began
  uint64_t slow_bytes_ = 0;             // and how many bytes came since
  bool waiting_ = false;                // for the first byte of a request
  bool cut_ = false;
};

}  // namespace crossguard::server
