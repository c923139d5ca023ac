// Two nodes' worth of keys, a desk that remembers what it was given, a running server, and a client that may misbehave.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/x509.h"
#include "exchange/envelope.h"
#include "server/https_transport.h"
#include "server/server.h"
#include "server/status.h"

namespace crossguard::server::testing_node {

namespace fs = std::filesystem;

struct Keys {
  std::string certificate, key;
  Sha256 pin;
};

inline Keys MakeKeys(Random& random, Instant from, Instant until) {
  const PrivateKey key = PrivateKey::MakeP256(random);
  const auto certificate = MakeSelfSigned({.common_name = "node", .not_before = from, .not_after = until}, key, random);
  CHECK(certificate.has_value());
  return {certificate->Pem(), key.RevealPem(), certificate->KeyFingerprint()};
}

// Takes what is right, remembers receipts, counts effects.
class TestDesk final : public exchange::ParcelDesk {
 public:
  void Pin(const Sha256& key, const std::string& peer) {
    const std::scoped_lock lock(mutex_);
    peers_[key] = peer;
  }
  void Revoke(const Sha256& key) {
    const std::scoped_lock lock(mutex_);
    peers_.erase(key);
  }
  int taken(const std::string& peer, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    return taken_[{peer, id}];
  }
  size_t taken() {
    const std::scoped_lock lock(mutex_);
    return receipts_.size();
  }
  // Take waits until Open.
  void Shut() {
    const std::scoped_lock lock(mutex_);
    open_ = false;
  }
  void Open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void WaitForTake() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

  Result<std::optional<std::string>> PeerOf(const Sha256& key) override {
    const std::scoped_lock lock(mutex_);
    const auto found = peers_.find(key);
    if (found == peers_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }
  Result<std::optional<Bytes>> ReceiptOf(const std::string& peer, const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = receipts_.find({peer, id});
    if (found == receipts_.end()) return std::optional<Bytes>();
    return std::optional<Bytes>(found->second);
  }
  Result<Bytes> Take(const std::string& peer, const std::string& folder) override {
    SystemFiles files;
    const Bytes json = TRY(files.ReadWhole(folder + "/outer.json", exchange::kOuterMaxBytes));
    const auto outer = TRY(exchange::ParseOuter(json));
    for (const auto& file : outer.files) {
      const Bytes content = TRY(files.ReadWhole(folder + "/" + file.name, size_t{1} << 30));
      if (content.size() != file.size_bytes || HashSha256(content) != file.sha256)
        return Fail(Code::kCorrupt, "A file is not the one that outer.json names.");
    }
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    --waiting_;
    ++taken_[{peer, outer.id}];
    const Bytes receipt = ToBytes("receipt of " + outer.id + " for " + peer);
    receipts_[{peer, outer.id}] = receipt;
    return receipt;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
  std::map<Sha256, std::string> peers_;
  std::map<std::pair<std::string, std::string>, Bytes> receipts_;
  std::map<std::pair<std::string, std::string>, int> taken_;
};

// What a raw conversation brought: statuses in order, and all the text.
struct Said {
  std::vector<int> statuses;
  std::string text;
  bool permitted() const {
    return std::ranges::any_of(statuses, [](int status) { return status >= 200 && status < 300; });
  }
};
inline Said Listen(std::string text) {
  Said said{.statuses = {}, .text = std::move(text)};
  constexpr std::string_view kStart = "HTTP/1.1 ";
  for (size_t at = said.text.find(kStart); at != std::string::npos; at = said.text.find(kStart, at + 1)) {
    const int status = std::atoi(said.text.c_str() + at + kStart.size());
    if (status >= 100) said.statuses.push_back(status);  // else a sentence that speaks of it
  }
  return said;
}

// A TCP connection that sends what it is told, with TLS or without, and listens until the other side closes.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  }
  RawClient(uint16_t port, const TlsContext& tls) : RawClient(port) {
    session_.emplace(tls);
    for (;;) {
      const auto done = session_->Handshake();
      FlushTls();
      if (!done || *done || !ReceiveTls()) break;
    }
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  void Send(std::string_view text) {
    if (session_) {
      if (session_->Write(AsBytes(text))) FlushTls();
    } else {
      SendWire(AsBytes(text));
    }
  }
  void SendWire(ByteView bytes) {
    tape_.insert(tape_.end(), bytes.begin(), bytes.end());
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes = bytes.subspan(static_cast<size_t>(sent));
    }
  }
  void EndSending() { ::shutdown(fd_, SHUT_WR); }
  // Everything until the other side closes (plain text with TLS, else the wire's bytes).
  Said Hear() {
    std::string text;
    Bytes piece(16 * 1024);
    for (;;) {
      if (session_) {
        const auto bytes = session_->Read(piece);
        if (!bytes || session_->closed()) break;
        text.append(AsText(ByteView(piece).first(*bytes)));
        if (*bytes == 0 && !ReceiveTls()) break;
      } else {
        const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
        if (got <= 0) break;
        text.append(AsText(ByteView(piece).first(static_cast<size_t>(got))));
      }
    }
    return Listen(std::move(text));
  }
  const Bytes& tape() const { return tape_; }  // what went to the wire
  bool connected() const { return connected_; }

 private:
  void FlushTls() {
    SendWire(session_->outgoing());
    session_->outgoing().clear();
  }
  bool ReceiveTls() {
    const auto room = session_->Room();
    const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
    if (got <= 0) return false;
    session_->Filled(static_cast<size_t>(got));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::optional<TlsSession> session_;
  Bytes tape_;
};

constexpr int64_t kDayMicros = int64_t{86'400} * kMicrosPerSecond;

// A server for lead ("nz-dia"), with peers at-bk and de-bka.
class NodeTest : public testing::Test {
 protected:
  NodeTest() {
    fs::create_directories(folder_);
    desk_.Pin(a_.pin, "at-bk");
    desk_.Pin(b_.pin, "de-bka");
  }
  ~NodeTest() override {
    server_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  Instant Day(int day) { return {clock_.Now().micros + day * kDayMicros}; }
  Keys KeysFor(int from_day, int until_day) { return MakeKeys(random_, Day(from_day), Day(until_day)); }
  ServerOptions Options() const {
    return {.listen = "127.0.0.1:0",
            .plain_health = "127.0.0.1:0",
            .self = "nz-dia",
            .certificate_pem = lead_.certificate,
            .key_pem = lead_.key,
            .incoming_folder = incoming(),
            .requests_per_second = 1e6,
            .requests_burst = 1e6,
            .header_micros = 600 * kMicrosPerSecond,  // no time-out that a busy machine trips
            .idle_micros = 600 * kMicrosPerSecond,
            .slow_micros = 600 * kMicrosPerSecond,
            .stop_micros = 600 * kMicrosPerSecond,
            .peer_known_micros = 0};
  }
  void Start(ServerOptions options) {
    server_.reset();
    auto server = Server::Start(env_, desk_, std::move(options), ServiceManager("", ""));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void Start() { Start(Options()); }

  std::string incoming() const { return (folder_ / "incoming").string(); }
  TlsContext Tls(const Keys& keys) {
    auto context = TlsContext::Make(TlsRole::kClient, keys.certificate, keys.key, [this] { return clock_.Now(); });
    CHECK(context.has_value());
    return *context;
  }
  std::unique_ptr<HttpsClient> Client(const Keys& keys) {
    auto client = HttpsClient::Connect(Tls(keys), {.host = "127.0.0.1", .port = server_->port()}, lead_.pin);
    CHECK(client.has_value());
    return std::move(*client);
  }
  exchange::Peer LeadAsPeerAt(uint16_t port) const {
    return {.authority = "nz-dia",
            .signer = {},
            .seal_to = {},
            .tls_key_sha256 = lead_.pin,
            .channel = "https",
            .address = "https://127.0.0.1:" + std::to_string(port)};
  }
  exchange::Peer LeadAsPeer() const { return LeadAsPeerAt(server_->port()); }

  struct Parcel {
    exchange::ParcelOuter outer;
    std::string folder, outer_json;
    std::map<std::string, Bytes> content;
  };
  // A parcel on the disk, of random bytes.
  Parcel MakeParcel(const std::string& from, char letter, const std::vector<size_t>& attachment_sizes) {
    Parcel out;
    out.outer = {.id = "msg-" + std::string(16, letter), .from = from, .to = "nz-dia", .files = {}};
    out.content["envelope.age"] = Bytes(1'000);
    for (size_t i = 0; i < attachment_sizes.size(); ++i)
      out.content["attachment/part-" + std::to_string(i)] = Bytes(attachment_sizes[i]);
    out.folder = (folder_ / (from + letter)).string();
    fs::create_directories(out.folder + "/attachment");
    for (auto& [name, bytes] : out.content) {
      random_.Fill(bytes);
      out.outer.files.push_back({.name = name, .size_bytes = bytes.size(), .sha256 = HashSha256(bytes)});
      Save(out.folder + "/" + name, bytes);
    }
    out.outer_json = exchange::OuterText(out.outer);
    Save(out.folder + "/outer.json", AsBytes(out.outer_json));
    return out;
  }
  static void Save(const std::string& path, ByteView bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  SystemClock clock_;
  SystemFiles files_;
  SystemRandom system_random_;
  SeededRandom random_{7};
  Env env_{clock_, system_random_, files_, Log(nullptr)};
  fs::path folder_ = fs::temp_directory_path() / ("crossguard-server-" + std::to_string(::getpid()) + "-" +
                                                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
  TestDesk desk_;
  Keys lead_ = KeysFor(-1, 1), a_ = KeysFor(-1, 1), b_ = KeysFor(-1, 1);
  std::unique_ptr<Server> server_;
};

}  // namespace crossguard::server::testing_node
