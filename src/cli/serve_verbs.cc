// The node on the network: `serve`, and what carries `exchange send` to peers on the channel https.
#include <cstdio>

#include "app/parcel_desk.h"
#include "cli/program.h"
#include "crypto/secret.h"
#include "crypto/x509.h"
#include "server/https_transport.h"
#include "server/server.h"

namespace crossguard {
namespace {

struct TlsFiles {
  std::string certificate, key;
};

Result<TlsFiles> ReadTlsFiles(Files& files, const std::string& data_folder) {
  TlsFiles out;
  Bytes key = TRY(files.ReadWhole(data_folder + "/keys/tls.key", kPemMaxBytes));
  const CleanseAtExit cleanse(key);
  out.certificate = std::string(AsText(TRY(files.ReadWhole(data_folder + "/keys/tls.crt", kPemMaxBytes))));
  out.key = std::string(AsText(key));
  return out;
}

void Forget(TlsFiles& tls) {
  Cleanse({reinterpret_cast<uint8_t*>(tls.key.data()), tls.key.size()});
}

// Made when the first parcel goes: most commands send none.
class HttpsWhenNeeded final : public exchange::Transport {
 public:
  explicit HttpsWhenNeeded(World& world) : world_(world) {}
  Result<std::optional<Bytes>> Carry(const exchange::Peer& peer, const std::string& parcel_folder,
                                     const exchange::ParcelOuter& outer) override {
    if (transport_ == nullptr) TRY(Make());
    return transport_->Carry(peer, parcel_folder, outer);
  }

 private:
  Status Make() {
    Env* const env = TRY(world_.env());
    TlsFiles tls = TRY(ReadTlsFiles(env->files, world_.common().data_folder));
    auto transport = server::HttpsTransport::Make(*env, tls.certificate, tls.key);
    Forget(tls);
    transport_ = TRY(std::move(transport));
    return {};
  }

  World& world_;
  std::unique_ptr<server::HttpsTransport> transport_;
};

// With --at the date stands still as everywhere, and time-outs run all the same.
class ServingClock final : public Clock {
 public:
  explicit ServingClock(Clock& date) : date_(date) {}
  Instant Now() override { return date_.Now(); }
  int64_t MonotonicMicros() override { return running_.MonotonicMicros(); }

 private:
  Clock& date_;
  SystemClock running_;
};

struct ServeOptions {
  std::string listen = "127.0.0.1:8443", plain_health;
  uint64_t connections_max = 512, requests_per_second = 200;
  uint64_t parcel_max_bytes = server::StagingLimits{}.parcel_max_bytes;
  uint64_t peer_max_bytes = server::StagingLimits{}.peer_max_bytes;
};

server::ServerOptions ToServer(const ServeOptions& o, const std::string& data_folder, const std::string& self) {
  server::ServerOptions out;
  out.listen = o.listen;
  out.plain_health = o.plain_health;
  out.self = self;
  out.incoming_folder = data_folder + "/exchange/incoming";
  out.staging.parcel_max_bytes = o.parcel_max_bytes;
  out.staging.peer_max_bytes = o.peer_max_bytes;
  out.connections_max = o.connections_max;
  out.requests_per_second = static_cast<double>(o.requests_per_second);
  out.requests_burst = 2 * out.requests_per_second;
  out.stop_on_signals = true;
  return out;
}

void SayReady(const server::Server& server, const std::string& self, bool json) {
  const nlohmann::json ready = {
      {"authority", self}, {"health_port", server.health_port()}, {"port", server.port()}, {"serving", true}};
  if (json) {
    std::printf("%s\n", ready.dump().c_str());
  } else {
    std::printf("Serving as %s on port %d. Stop with SIGTERM or Ctrl-C.\n", self.c_str(), server.port());
  }
  std::fflush(stdout);
}

Answered Serve(Program& program, const ServeOptions& o) {
  const std::string self = TRY(program.world().house(false))->book().self;
  Env& base = *TRY(program.world().env());
  ServingClock clock(base.clock);
  Env env{clock, base.random, base.files, Log(program.common().quiet ? nullptr : stderr)};
  HouseParcelDesk desk(env, program.world().house_options(true));
  server::ServerOptions options = ToServer(o, program.common().data_folder, self);
  TlsFiles tls = TRY(ReadTlsFiles(env.files, program.common().data_folder));
  options.certificate_pem = tls.certificate;
  options.key_pem = tls.key;
  Forget(tls);
  auto server = TRY(server::Server::Start(env, desk, std::move(options), server::ServiceManager::FromEnvironment()));
  SayReady(*server, self, program.common().json);
  server->Wait();
  const server::Metrics& metrics = server->metrics();
  return nlohmann::json{{"connections", metrics.connections.load()},
                        {"parcels_delivered", metrics.parcels_delivered.load()},
                        {"received_bytes", metrics.bytes_in.load()},
                        {"sent_bytes", metrics.bytes_out.load()},
                        {"serving", false}};
}

}  // namespace

void AddServeVerbs(Program& program) {
  const auto o = std::make_shared<ServeOptions>();
  const auto https = std::make_shared<HttpsWhenNeeded>(program.world());
  program.world().set_https(https.get());
  program
      .Verb(
          "serve",
          "Take parcels from pinned nodes over TLS 1.3 until SIGTERM, then finish what runs (routes: api/openapi.yaml)",
          "serve --listen 0.0.0.0:8443 --plain-health 127.0.0.1:8444 --data data",
          [&program, o, https]() -> Answered { return Serve(program, *o); })
      .Option("--listen", o->listen, "Address and port, numbers: 127.0.0.1:8443, [::]:8443; port 0: any free one")
      .Option("--plain-health", o->plain_health,
              "Loopback address for /livez, /readyz and /metrics without certificates; default: none")
      .Option("--connections-max", o->connections_max, "Open at once, of all nodes")
      .Option("--requests-per-second", o->requests_per_second,
              "Of one node, over all its connections; twice that at once")
      .Option("--parcel-max-bytes", o->parcel_max_bytes, "The largest parcel that is taken")
      .Option("--peer-max-bytes", o->peer_max_bytes, "Room for one node's parcels on their way in");
}

}  // namespace crossguard
