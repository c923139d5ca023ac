#include "server/server.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <list>
#include <thread>

#include "server/core.h"

namespace crossguard::server {
namespace {

using asio::ip::tcp;

constexpr int64_t kTickMaxMicros = 250'000;
constexpr int64_t kTickMinMicros = 5'000;

Result<tcp::endpoint> ParseAddress(const std::string& text) {
  const auto bad = [&] {
    return Fail(Code::kInvalid, "'" + text + "' is not an address: write numbers as 127.0.0.1:8443 or [::1]:8443.");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad();
  std::string host = text.substr(0, colon);
  const std::string port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  asio::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error || port_text.empty() || wrong != std::errc() || end != port_text.data() + port_text.size()) return bad();
  return tcp::endpoint(address, port);
}

Status Listen(tcp::acceptor& acceptor, const tcp::endpoint& at, const std::string& text) {
  asio::error_code error;
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Fail(Code::kUnavailable, "Cannot listen on " + text + ": is the port taken, or below 1024?");
  return {};
}

}  // namespace

class Server::Running {
 public:
  Running(Env& env, exchange::ParcelDesk& desk, ServerOptions options, ServiceManager manager, TlsContext tls)
      : core_(env, desk, std::move(options)),
        manager_(std::move(manager)),
        tls_(std::move(tls)),
        node_(core_.io),
        health_(core_.io),
        signals_(core_.io),
        tick_(core_.io) {}

  Status Open() {
    const auto at = TRY(ParseAddress(core_.options.listen));
    TRY(core_.staging.Open());
    TRY(Listen(node_, at, core_.options.listen));
    if (!core_.options.plain_health.empty()) {
      const auto health_at = TRY(ParseAddress(core_.options.plain_health));
      if (!health_at.address().is_loopback())
        return Fail(Code::kInvalid, "The health listener has no certificates: give it a loopback address.");
      TRY(Listen(health_, health_at, core_.options.plain_health));
    }
    node_port_ = PortOf(node_);
    health_port_ = PortOf(health_);
    return {};
  }

  void Begin() {
    if (core_.options.stop_on_signals) {
      signals_.add(SIGTERM);
      signals_.add(SIGINT);
      signals_.async_wait([this](asio::error_code error, int) {
        if (!error) BeginStop();
      });
    }
    asio::co_spawn(core_.io, Accept(node_, Listener::kNode), asio::detached);
    if (health_.is_open()) asio::co_spawn(core_.io, Accept(health_, Listener::kHealth), asio::detached);
    asio::co_spawn(core_.io, Tick(), asio::detached);
    manager_.Say("READY=1");
    core_.env.log.Event("serve.ready", {{"port", Count{port()}}});
    thread_ = std::thread([this] { core_.io.run(); });
  }

  uint16_t port() const { return node_port_; }
  uint16_t health_port() const { return health_port_; }
  const Metrics& metrics() const { return core_.metrics; }

  void Stop() {
    asio::post(core_.io, [this] { BeginStop(); });
  }
  void Wait() {
    if (thread_.joinable()) thread_.join();
    core_.pool.join();  // a delivery that runs is one transaction: it ends by itself
  }

 private:
  using Connections = std::list<std::unique_ptr<Connection>>;

  static uint16_t PortOf(const tcp::acceptor& acceptor) {
    asio::error_code error;
    const auto at = acceptor.local_endpoint(error);
    return error ? uint16_t{0} : at.port();
  }

  Awaitable<void> Accept(tcp::acceptor& acceptor, Listener listener) {
    while (!core_.stopping) {
      asio::error_code error;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (core_.stopping) co_return;
      if (error) {  // out of file descriptors, or the caller went: not in a tight loop
        asio::steady_timer pause(core_.io, std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      ++core_.metrics.connections;
      if (connections_.size() >= core_.options.connections_max) {
        ++core_.metrics.refused_full;
        continue;  // closed
      }
      asio::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      auto conn = listener == Listener::kNode ? MakeTlsConn(std::move(socket), tls_, core_.metrics)
                                              : MakePlainConn(std::move(socket), core_.metrics);
      connections_.push_back(std::make_unique<Connection>(core_, std::move(conn), listener));
      asio::co_spawn(core_.io, Serve(std::prev(connections_.end())), asio::detached);
    }
  }

  Awaitable<void> Serve(Connections::iterator at) {
    ++core_.metrics.connections_open;
    co_await (*at)->Run();
    --core_.metrics.connections_open;
    connections_.erase(at);
    if (core_.stopping && connections_.empty()) core_.io.stop();
  }

  // The one watch over all connections: late ones, slow ones, the end.
  Awaitable<void> Tick() {
    const ServerOptions& options = core_.options;
    const int64_t shortest = std::min({options.header_micros, options.idle_micros, options.slow_micros});
    const int64_t tick_micros = std::clamp(shortest / 8, kTickMinMicros, kTickMaxMicros);
    int64_t alive_at = core_.now_micros();
    for (;;) {
      tick_.expires_after(std::chrono::microseconds(tick_micros));
      asio::error_code error;
      co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      const int64_t now = core_.now_micros();
      for (const auto& connection : connections_) connection->Watch(now);
      if (core_.stopping && now > stop_by_micros_) core_.io.stop();
      if (manager_.watchdog_micros() > 0 && now - alive_at >= manager_.watchdog_micros() - tick_micros) {
        manager_.Say("WATCHDOG=1");
        alive_at = now;
      }
    }
  }

  void BeginStop() {
    if (core_.stopping) return;
    core_.stopping = true;
    core_.service.set_stopping();
    stop_by_micros_ = core_.now_micros() + core_.options.stop_micros;
    manager_.Say("STOPPING=1");
    core_.env.log.Event("serve.stopping", {{"connections", Count{connections_.size()}}});
    asio::error_code ignored;
    node_.close(ignored);
    health_.close(ignored);
    signals_.cancel(ignored);
    for (const auto& connection : connections_) connection->Stop();
    if (connections_.empty()) core_.io.stop();
  }

  Core core_;
  ServiceManager manager_;
  TlsContext tls_;
  tcp::acceptor node_, health_;
  asio::signal_set signals_;
  asio::steady_timer tick_;
  uint16_t node_port_ = 0, health_port_ = 0;
  int64_t stop_by_micros_ = 0;
  Connections connections_;
  std::thread thread_;
};

Server::Server(std::unique_ptr<Running> running) : running_(std::move(running)) {}

Server::~Server() {
  Stop();
  Wait();
}

Result<std::unique_ptr<Server>> Server::Start(Env& env, exchange::ParcelDesk& desk, ServerOptions options,
                                              ServiceManager manager) {
  Clock& clock = env.clock;
  auto tls = TRY(
      TlsContext::Make(TlsRole::kServer, options.certificate_pem, options.key_pem, [&clock] { return clock.Now(); }));
  auto running = std::make_unique<Running>(env, desk, std::move(options), std::move(manager), std::move(tls));
  TRY(running->Open());
  running->Begin();
  return std::unique_ptr<Server>(new Server(std::move(running)));
}

uint16_t Server::port() const {
  return running_->port();
}
uint16_t Server::health_port() const {
  return running_->health_port();
}
const Metrics& Server::metrics() const {
  return running_->metrics();
}
void Server::Stop() {
  running_->Stop();
}
void Server::Wait() {
  running_->Wait();
}

}  // namespace crossguard::server
