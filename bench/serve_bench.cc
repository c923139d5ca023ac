// A node that receives and a node that sends, in two processes over loopback: a large parcel whole and cut, and many
// small calls at once; the same small calls to an nginx. Called by bench/serve.sh. The receiving desk takes everything:
// what is measured is the server.
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "crypto/digest.h"
#include "crypto/x509.h"
#include "exchange/envelope.h"
#include "server/https_transport.h"
#include "server/server.h"

namespace {

using namespace crossguard;          // NOLINT: a program of its own
using namespace crossguard::server;  // NOLINT
namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr std::string_view kPeer = "at-bk";

struct Keys {
  std::string certificate, key;
  Sha256 pin;
};

Keys MakeKeys() {
  SystemRandom random;
  SystemClock clock;
  const PrivateKey key = PrivateKey::MakeP256(random);
  const int64_t now = clock.Now().micros;
  const auto certificate = MakeSelfSigned({.common_name = "node",
                                           .dns_name = "node",
                                           .use = CertificateUse::kTls,
                                           .not_before = {now - 3600 * kMicrosPerSecond},
                                           .not_after = {now + 86'400 * kMicrosPerSecond}},
                                          key, random);
  CHECK(certificate.has_value());
  return {certificate->Pem(), key.RevealPem(), certificate->KeyFingerprint()};
}

void Save(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
// So that nginx has the same kind of keys, and asks for a certificate as we do.
Keys LoadKeys(const std::string& path) {
  Keys out{.certificate = Load(path + ".crt"), .key = Load(path + ".key"), .pin = {}};
  const auto certificate = Certificate::LoadPem(out.certificate);
  CHECK(certificate.has_value());
  out.pin = certificate->KeyFingerprint();
  return out;
}
int WriteKeys(const std::string& folder) {
  for (const char* name : {"/node", "/sender"}) {
    const Keys keys = MakeKeys();
    Save(folder + name + ".crt", keys.certificate);
    Save(folder + name + ".key", keys.key);
  }
  return 0;
}

// Takes every parcel; keeps receipts in memory, and a second name of a large file so that it can be compared.
class OpenDesk final : public exchange::ParcelDesk {
 public:
  OpenDesk(const Sha256& peer, std::string kept) : peer_(peer), kept_(std::move(kept)) {}
  Result<std::optional<std::string>> PeerOf(const Sha256& key) override {
    if (key != peer_) return std::optional<std::string>();
    return std::optional<std::string>(kPeer);
  }
  Result<std::optional<Bytes>> ReceiptOf(const std::string&, const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    if (!decided_.contains(id)) return std::optional<Bytes>();
    return std::optional<Bytes>(Bytes(400, 'r'));
  }
  Result<Bytes> Take(const std::string&, const std::string& folder) override {
    std::error_code none;
    fs::create_hard_link(folder + "/attachment/big", kept_, none);  // small parcels have no such file
    const std::scoped_lock lock(mutex_);
    decided_.insert(folder.substr(folder.rfind('/') + 1));
    return Bytes(400, 'r');
  }

 private:
  Sha256 peer_;
  std::string kept_;
  std::mutex mutex_;
  std::set<std::string> decided_;
};

double CpuSeconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
// Of another process; 0 once it is gone.
double CpuSecondsOf(pid_t pid) {
  const std::string text = Load("/proc/" + std::to_string(pid) + "/stat");
  const size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(behind_name + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // proc(5): utime and stime are fields 14 and 15
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}
double PeakMegabytes(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// The receiving process. Stop() returns when it has ended.
class ReceivingNode {
 public:
  ReceivingNode(const Keys& node, const Sha256& peer, const std::string& folder) {
    int port_pipe[2];
    CHECK(::pipe(port_pipe) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(port_pipe[0]);
      Run(node, peer, folder, port_pipe[1]);
      std::_Exit(0);
    }
    ::close(port_pipe[1]);
    CHECK(::read(port_pipe[0], &port_, sizeof port_) == sizeof port_);
    ::close(port_pipe[0]);
  }
  ~ReceivingNode() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }
  uint16_t port() const { return port_; }
  double cpu_seconds() const { return CpuSecondsOf(child_); }

 private:
  static void Run(const Keys& node, const Sha256& peer, const std::string& folder, int port_pipe) {
    SystemClock clock;
    SystemRandom random;
    SystemFiles files;
    Env env{clock, random, files, Log(nullptr)};
    OpenDesk desk(peer, folder + ".kept");
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.self = "nz-dia";
    options.certificate_pem = node.certificate;
    options.key_pem = node.key;
    options.incoming_folder = folder;
    options.requests_per_second = options.requests_burst = 1e9;
    options.staging.parcels_per_peer_max = 100'000;
    options.stop_on_signals = true;
    auto server = Server::Start(env, desk, options, ServiceManager("", ""));
    CHECK(server.has_value());
    const uint16_t port = (*server)->port();
    CHECK(::write(port_pipe, &port, sizeof port) == sizeof port);
    (*server)->Wait();
    std::printf("receiver: peak %.0f MB, %.1f CPU-s\n", PeakMegabytes(RUSAGE_SELF), CpuSeconds(RUSAGE_SELF));
    std::fflush(stdout);
  }
  pid_t child_ = 0;
  uint16_t port_ = 0;
};

exchange::Peer PeerAt(uint16_t port, const Sha256& pin) {
  return {.authority = "nz-dia",
          .signer = {},
          .seal_to = {},
          .tls_key_sha256 = pin,
          .channel = "https",
          .address = "https://127.0.0.1:" + std::to_string(port)};
}

// A relay in this process that cuts connections: each after so many bytes, so many times.
class Cutter {
 public:
  Cutter(uint16_t to, int times, uint64_t after_bytes) : to_(to), left_(times), after_(after_bytes) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = Loopback(0);
    socklen_t size = sizeof at;
    CHECK(::bind(listening_, reinterpret_cast<const sockaddr*>(&at), size) == 0 && ::listen(listening_, 16) == 0 &&
          ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
    thread_ = std::thread([this] {
      for (int client; (client = ::accept(listening_, nullptr, nullptr)) >= 0; ::close(client)) Relay(client);
    });
  }
  ~Cutter() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  uint16_t port = 0;
  std::atomic<int> cuts = 0;

 private:
  static sockaddr_in Loopback(uint16_t at_port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(at_port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }
  void Relay(int client) {
    const int node = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in at = Loopback(to_);
    if (::connect(node, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) Move(client, node);
    ::close(node);
  }
  void Move(int client, int node) {
    uint64_t moved = 0;
    pollfd both[2] = {{client, POLLIN, 0}, {node, POLLIN, 0}};
    Bytes piece(256 * 1024);
    while (::poll(both, 2, -1) > 0) {
      for (size_t i = 0; i < 2; ++i) {
        if (both[i].revents == 0) continue;
        const ssize_t got = ::recv(both[i].fd, piece.data(), piece.size(), 0);
        if (got <= 0) return;
        for (ssize_t sent = 0; sent < got;) {
          const ssize_t part =
              ::send(both[1 - i].fd, piece.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
          if (part <= 0) return;
          sent += part;
        }
        moved += static_cast<uint64_t>(got);
        if (left_ > 0 && moved >= after_) {
          --left_;
          ++cuts;
          return;
        }
      }
    }
  }
  uint16_t to_;
  int left_;
  uint64_t after_;
  int listening_ = -1;
  std::thread thread_;
};

// A parcel with one attachment that lies there already.
exchange::ParcelOuter MakeParcel(const std::string& folder, const std::string& big, char letter) {
  SystemFiles files;
  Sha256Stream digest;
  const auto file = files.OpenRead(big);
  CHECK(file.has_value());
  Bytes piece(1 << 20);
  for (uint64_t at = 0; at < (*file)->size();) {
    const size_t bytes = (*file)->ReadAt(at, piece).value();
    digest.Update(ByteView(piece).first(bytes));
    at += bytes;
  }
  fs::create_directories(folder + "/attachment");
  fs::create_hard_link(big, folder + "/attachment/big");
  const Bytes envelope(1'000, 1);
  CHECK(files.WriteWhole(folder + "/envelope.age", envelope).has_value());
  exchange::ParcelOuter outer{
      .id = "msg-" + std::string(16, letter), .from = std::string(kPeer), .to = "nz-dia", .files = {}};
  outer.files.push_back({.name = "attachment/big", .size_bytes = (*file)->size(), .sha256 = digest.Finish()});
  outer.files.push_back({.name = "envelope.age", .size_bytes = envelope.size(), .sha256 = HashSha256(envelope)});
  CHECK(files.WriteWhole(folder + "/outer.json", AsBytes(exchange::OuterText(outer))).has_value());
  return outer;
}

bool Same(const std::string& a, const std::string& b) {
  std::ifstream one(a, std::ios::binary), other(b, std::ios::binary);
  std::string left(1 << 20, 0), right(1 << 20, 0);
  while (one && other) {
    one.read(left.data(), static_cast<std::streamsize>(left.size()));
    other.read(right.data(), static_cast<std::streamsize>(right.size()));
    if (one.gcount() != other.gcount() || left != right) return false;
  }
  return !one && !other && fs::file_size(a) == fs::file_size(b);
}

int Large(const std::string& work, const std::string& big, int cuts) {
  SystemClock clock;
  SystemRandom random;
  SystemFiles files;
  Env env{clock, random, files, Log(nullptr)};
  const Keys node = MakeKeys();
  const Keys sender = MakeKeys();
  const ReceivingNode receiver(node, sender.pin, work + "/incoming");
  const double megabytes = static_cast<double>(fs::file_size(big)) / 1e6;
  for (const int times : {0, cuts}) {
    const std::string folder = work + "/parcel" + std::to_string(times);
    const exchange::ParcelOuter outer = MakeParcel(folder, big, times == 0 ? 'a' : 'b');
    Cutter cutter(receiver.port(), times, fs::file_size(big) / static_cast<uint64_t>(times + 1));
    auto transport = HttpsTransport::Make(env, sender.certificate, sender.key);
    CHECK(transport.has_value());
    const exchange::Peer peer = PeerAt(times == 0 ? receiver.port() : cutter.port, node.pin);
    const double sender_cpu = CpuSeconds(RUSAGE_SELF), receiver_cpu = receiver.cpu_seconds();
    const auto begun = std::chrono::steady_clock::now();
    int calls = 0;
    for (;;) {
      ++calls;
      const auto receipt = (*transport)->Carry(peer, folder, outer);
      if (receipt) break;
      if (receipt.error().code != Code::kUnavailable) {
        std::printf("failed: %s\n", receipt.error().message.c_str());
        return 1;
      }
    }
    const double seconds = Seconds(std::chrono::steady_clock::now() - begun).count();
    const std::string kept = work + "/incoming.kept";
    const bool same = Same(big, kept);
    std::printf(
        "parcel of %.0f MB, cut %d times: %.1f s, %.0f MB/s, %d calls; CPU-s: %.1f sender%s, %.1f receiver; %s\n",
        megabytes, cutter.cuts.load(), seconds, megabytes / seconds, calls, CpuSeconds(RUSAGE_SELF) - sender_cpu,
        times == 0 ? "" : " and relay", receiver.cpu_seconds() - receiver_cpu, same ? "byte-equal" : "NOT EQUAL");
    std::fflush(stdout);
    fs::remove(kept);
    fs::remove_all(folder);
    if (!same) return 1;
  }
  std::printf("sender: peak %.0f MB\n", PeakMegabytes(RUSAGE_SELF));
  std::fflush(stdout);
  return 0;
}

// What `bytes` of download cost: a staged file read back.
int Download(const std::string& work, const std::string& big) {
  const Keys node = MakeKeys();
  const Keys sender = MakeKeys();
  SystemClock clock;
  const exchange::ParcelOuter outer =
      MakeParcel(work + "/incoming/" + std::string(kPeer) + "/msg-" + std::string(16, 'c'), big, 'c');
  const ReceivingNode receiver(node, sender.pin, work + "/incoming");
  const auto tls = TlsContext::Make(TlsRole::kClient, sender.certificate, sender.key, [&] { return clock.Now(); });
  auto client = HttpsClient::Connect(*tls, {.host = "127.0.0.1", .port = receiver.port()}, node.pin);
  CHECK(client.has_value());
  uint64_t bytes = 0;
  const auto begun = std::chrono::steady_clock::now();
  const auto answer =
      (*client)->Fetch("/v1/parcels/" + outer.id + "/files/attachment%2Fbig", {}, [&](ByteView piece) -> Status {
        bytes += piece.size();
        return {};
      });
  const double seconds = Seconds(std::chrono::steady_clock::now() - begun).count();
  CHECK(answer.has_value() && answer->status == 200 && bytes == fs::file_size(big));
  std::printf("download of %.0f MB: %.1f s, %.0f MB/s\n", static_cast<double>(bytes) / 1e6, seconds,
              static_cast<double>(bytes) / 1e6 / seconds);
  std::fflush(stdout);
  return 0;
}

struct Latencies {
  std::mutex mutex;
  std::map<std::string, std::vector<double>> micros;
};

// One client: its connection, and how long each of its calls took.
class Caller {
 public:
  Caller(const TlsContext& tls, uint16_t port, const Sha256& pin, size_t number)
      : client_(std::move(HttpsClient::Connect(tls, {.host = "127.0.0.1", .port = port}, pin).value())),
        number_(number) {}
  void Timed(const char* name, int expected, std::string_view method, const std::string& target, ByteView body) {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = client_->Ask(method, target, {}, body);
    mine_[name].push_back(Seconds(std::chrono::steady_clock::now() - begun).count() * 1e6);
    CHECK(answer.has_value() && answer->status == expected);
  }
  size_t number() const { return number_; }
  void AddTo(Latencies& all) {
    const std::scoped_lock lock(all.mutex);
    for (auto& [name, times] : mine_) all.micros[name].insert(all.micros[name].end(), times.begin(), times.end());
  }

 private:
  std::unique_ptr<HttpsClient> client_;
  size_t number_;
  std::map<std::string, std::vector<double>> mine_;
};

using Until = std::chrono::steady_clock::time_point;

// A small parcel's whole life, again and again; or one call alone.
void CallNode(Caller& caller, bool whole_life, Until until) {
  const size_t number = caller.number();
  const auto timed = [&](const char* name, int expected, std::string_view method, const std::string& target,
                         ByteView body) { caller.Timed(name, expected, method, target, body); };
  const Bytes envelope(1'000, 1);
  for (size_t round = 0; std::chrono::steady_clock::now() < until; ++round) {
    std::string id = "msg-";
    uint64_t left = (static_cast<uint64_t>(number) << 32U) + round;
    for (int i = 0; i < 16; ++i, left /= 26) id.push_back(static_cast<char>('a' + left % 26));
    const std::string path = "/v1/parcels/" + id;
    if (!whole_life) {
      timed("GetParcel", 404, "GET", path, {});
      continue;
    }
    exchange::ParcelOuter outer{.id = id, .from = std::string(kPeer), .to = "nz-dia", .files = {}};
    outer.files.push_back({.name = "envelope.age", .size_bytes = envelope.size(), .sha256 = HashSha256(envelope)});
    timed("GetParcel", 404, "GET", path, {});
    timed("PutOuter", 200, "PUT", path + "/outer", AsBytes(exchange::OuterText(outer)));
    timed("PutFile 1 kB", 200, "PUT", path + "/files/envelope.age", envelope);
    timed("PostDeliver", 200, "POST", path + "/deliver", {});
    timed("GetReceipt", 200, "GET", path + "/receipt", {});
  }
}

// What nginx has that is nearest to asking for a parcel that is not there: a file that is not there, and one that is.
void CallNginx(Caller& caller, bool present, Until until) {
  while (std::chrono::steady_clock::now() < until) {
    if (present) {
      caller.Timed("GET 1 kB", 200, "GET", "/small", {});
    } else {
      caller.Timed("GET 404", 404, "GET", "/absent", {});
    }
  }
}

struct Many {
  const Keys& node;
  const Keys& sender;
  uint16_t port = 0;
  size_t clients = 0;
  int seconds = 0;
};
void CallAtOnce(const Many& many, const char* what, const std::function<void(Caller&, Until)>& call) {
  SystemClock clock;
  const auto tls =
      TlsContext::Make(TlsRole::kClient, many.sender.certificate, many.sender.key, [&] { return clock.Now(); });
  Latencies all;
  std::vector<std::unique_ptr<Caller>> callers;  // connected before the clock runs
  for (size_t i = 0; i < many.clients; ++i)
    callers.push_back(std::make_unique<Caller>(*tls, many.port, many.node.pin, i));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (const auto& caller : callers)
    threads.emplace_back([&] { call(*caller, begun + std::chrono::seconds(many.seconds)); });
  for (std::thread& thread : threads) thread.join();
  const double took = Seconds(std::chrono::steady_clock::now() - begun).count();
  for (const auto& caller : callers) caller->AddTo(all);
  size_t count = 0;
  for (const auto& [name, times] : all.micros) count += times.size();
  std::printf("%zu clients, %s: %.0f requests/s\n", many.clients, what, static_cast<double>(count) / took);
  for (auto& [name, times] : all.micros) {
    std::ranges::sort(times);
    std::printf("  %-14s %8zu calls, p50 %.2f ms, p99 %.2f ms\n", name.c_str(), times.size(),
                times[times.size() / 2] / 1e3, times[times.size() * 99 / 100] / 1e3);
  }
  std::fflush(stdout);
}

int Calls(const std::string& work, size_t clients, int seconds) {
  const Keys node = MakeKeys();
  const Keys sender = MakeKeys();
  const ReceivingNode receiver(node, sender.pin, work + "/calls");
  const Many many{.node = node, .sender = sender, .port = receiver.port(), .clients = clients, .seconds = seconds};
  CallAtOnce(many, "one call alone", [](Caller& caller, Until until) { CallNode(caller, false, until); });
  CallAtOnce(many, "whole lives of small parcels", [](Caller& caller, Until until) { CallNode(caller, true, until); });
  return 0;
}

int CallsOfNginx(const std::string& keys, uint16_t port, size_t clients, int seconds) {
  const Keys node = LoadKeys(keys + "/node"), sender = LoadKeys(keys + "/sender");
  const Many many{.node = node, .sender = sender, .port = port, .clients = clients, .seconds = seconds};
  CallAtOnce(many, "nginx, a file that is absent",
             [](Caller& caller, Until until) { CallNginx(caller, false, until); });
  CallAtOnce(many, "nginx, a small file", [](Caller& caller, Until until) { CallNginx(caller, true, until); });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "large" && argc == 5) return Large(argv[2], argv[3], std::atoi(argv[4]));
  if (verb == "download" && argc == 4) return Download(argv[2], argv[3]);
  if (verb == "calls" && argc == 5) return Calls(argv[2], static_cast<size_t>(std::atoi(argv[3])), std::atoi(argv[4]));
  if (verb == "keys" && argc == 3) return WriteKeys(argv[2]);
  if (verb == "nginx" && argc == 6)
    return CallsOfNginx(argv[2], static_cast<uint16_t>(std::atoi(argv[3])), static_cast<size_t>(std::atoi(argv[4])),
                        std::atoi(argv[5]));
  std::fprintf(stderr,
               "usage: crossguard-serve-bench large WORK FILE CUTS | download WORK FILE | calls WORK CLIENTS SECONDS | "
               "keys FOLDER | nginx KEYS PORT CLIENTS SECONDS\n");
  return 2;
}
