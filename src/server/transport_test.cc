// Parcels between two ends: resumed after cuts, many at once, a node that stops.
#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <thread>

#include "server/testing_node.h"

namespace crossguard::server {
namespace {

using namespace testing_node;  // NOLINT: this room's test words

// Carries bytes between a client and the node and cuts each of the first connections after so many bytes.
class CuttingProxy {
 public:
  CuttingProxy(uint16_t to, int cuts, size_t cut_after_bytes) : to_(to), cuts_left_(cuts), cut_after_(cut_after_bytes) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::bind(listening_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(listening_, 16) == 0);
    socklen_t size = sizeof at;
    CHECK(::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~CuttingProxy() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  uint16_t port() const { return port_; }
  int cuts() const { return cuts_; }

 private:
  void Run() {
    for (;;) {
      const int client = ::accept(listening_, nullptr, nullptr);
      if (client < 0) return;
      RelayOne(client);
      ::close(client);
    }
  }
  void RelayOne(int client) {
    const int node = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(to_);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(node, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) Relay(client, node);
    ::close(node);
  }
  void Relay(int client, int node) {
    size_t moved = 0;
    pollfd both[2] = {{client, POLLIN, 0}, {node, POLLIN, 0}};
    Bytes piece(64 * 1024);
    while (::poll(both, 2, -1) > 0) {
      for (int i = 0; i < 2; ++i) {
        if (both[i].revents == 0) continue;
        const ssize_t got = ::recv(both[i].fd, piece.data(), piece.size(), 0);
        if (got <= 0) return;
        moved += static_cast<size_t>(got);
        for (ssize_t sent = 0; sent < got;) {
          const ssize_t part =
              ::send(both[1 - i].fd, piece.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
          if (part <= 0) return;
          sent += part;
        }
        if (cuts_left_ > 0 && moved >= cut_after_) {
          --cuts_left_;
          ++cuts_;
          return;
        }
      }
    }
  }

  uint16_t to_;
  int cuts_left_;
  size_t cut_after_;
  int listening_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> cuts_ = 0;
  std::thread thread_;
};

class TransportTest : public NodeTest {
 protected:
  TransportTest() { Start(); }
  std::unique_ptr<HttpsTransport> Transport(const Keys& keys) {
    auto transport = HttpsTransport::Make(env_, keys.certificate, keys.key);
    CHECK(transport.has_value());
    return std::move(*transport);
  }
};

TEST_F(TransportTest, AParcelIsCarriedAndTheReceiptComesBackTheSameEachTime) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {0, 1, 300'000, 1'000'000});
  const auto transport = Transport(a_);
  const auto receipt = transport->Carry(LeadAsPeer(), parcel.folder, parcel.outer);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(AsText(**receipt), "receipt of " + parcel.outer.id + " for at-bk");
  EXPECT_EQ(*transport->Carry(LeadAsPeer(), parcel.folder, parcel.outer), *receipt);
  EXPECT_EQ(*Transport(a_)->Carry(LeadAsPeer(), parcel.folder, parcel.outer), *receipt);
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
  EXPECT_TRUE(fs::is_empty(fs::path(incoming()) / "at-bk"));
}

TEST_F(TransportTest, AParcelThatIsCutTwentyTimesIsResumedAndWhole) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {12'000'000, 3'000'000});
  CuttingProxy proxy(server_->port(), 20, 500'000);
  exchange::Peer peer = LeadAsPeer();
  peer.address = "https://127.0.0.1:" + std::to_string(proxy.port());
  const auto transport = Transport(a_);
  Result<std::optional<Bytes>> receipt = Fail(Code::kUnavailable, "");
  int calls = 0;
  for (; !receipt && calls < 200; ++calls) {
    receipt = transport->Carry(peer, parcel.folder, parcel.outer);
    if (!receipt) {
      ASSERT_EQ(receipt.error().code, Code::kUnavailable) << receipt.error().message;
    }
  }
  ASSERT_TRUE(receipt);
  EXPECT_EQ(proxy.cuts(), 20);
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
  // What had arrived was not sent again: far less than twenty times the parcel went over the wire.
  EXPECT_LT(server_->metrics().bytes_in, 2 * 15'000'000U);
}

// The sender's files, and what happens elsewhere between asking how far a file is and sending the rest of it.
class HookedFiles final : public Files {
 public:
  std::function<void()> on_attachment_opened;

  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    if (path.find("/attachment/") != std::string::npos && on_attachment_opened) on_attachment_opened();
    return files_.OpenRead(path);
  }
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override { return files_.OpenAppend(path); }
  Status Truncate(const std::string& path, uint64_t size_bytes) override { return files_.Truncate(path, size_bytes); }
  Status Rename(const std::string& from, const std::string& to) override { return files_.Rename(from, to); }
  Status Remove(const std::string& path) override { return files_.Remove(path); }
  Status SyncFolder(const std::string& folder) override { return files_.SyncFolder(folder); }
  Status MakeFolders(const std::string& folder) override { return files_.MakeFolders(folder); }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override { return files_.List(folder); }

 private:
  SystemFiles files_;
};

// What a connection that was cut had brought is still being written while the next call asks for the offset.
class MovingOffset : public TransportTest {
 protected:
  // As many bytes more of the attachment, by another connection.
  void Arrive(const Parcel& parcel, size_t bytes) {
    const Bytes& whole = parcel.content.at("attachment/part-0");
    const auto client = Client(a_);
    const std::string path = "/v1/parcels/" + parcel.outer.id;
    ASSERT_EQ(client->Ask("PUT", path + "/outer", {}, AsBytes(parcel.outer_json))->status, 200);
    const std::string range = "Content-Range: bytes " + std::to_string(arrived_) + "-" +
                              std::to_string(arrived_ + bytes - 1) + "/" + std::to_string(whole.size()) + "\r\n";
    ASSERT_EQ(client->Ask("PUT", path + "/files/attachment%2Fpart-0", range, ByteView(whole).subspan(arrived_, bytes))
                  ->status,
              200);
    arrived_ += bytes;
  }
  Result<std::optional<Bytes>> Carry(const Parcel& parcel) {
    Env env{clock_, system_random_, hooked_, Log(nullptr)};
    auto transport = HttpsTransport::Make(env, a_.certificate, a_.key);
    CHECK(transport.has_value());
    return (*transport)->Carry(LeadAsPeer(), parcel.folder, parcel.outer);
  }
  HookedFiles hooked_;
  size_t arrived_ = 0;
};

TEST_F(MovingOffset, AFileThatStillArrivesFromACutConnectionGoesOnInTheSameCall) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {3'000'000});
  hooked_.on_attachment_opened = [&] {
    hooked_.on_attachment_opened = nullptr;
    Arrive(parcel, 1'000'000);
  };
  const auto receipt = Carry(parcel);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
}

TEST_F(MovingOffset, OneThatNeverStandsStillIsTriedAgainLaterAndNotRefused) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {3'000'000});
  hooked_.on_attachment_opened = [&] { Arrive(parcel, 10'000); };
  const auto receipt = Carry(parcel);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, Code::kUnavailable) << receipt.error().message;
  hooked_.on_attachment_opened = nullptr;
  EXPECT_TRUE(Carry(parcel)) << "nothing of it is lost";
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
}

TEST_F(TransportTest, AnotherKeyThanThePinnedOneIsDeniedAndLearnsNothing) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {10});
  exchange::Peer peer = LeadAsPeer();
  peer.tls_key_sha256 = b_.pin;
  EXPECT_EQ(Transport(a_)->Carry(peer, parcel.folder, parcel.outer).error().code, Code::kDenied);
  peer = LeadAsPeer();
  peer.revoked = true;
  EXPECT_EQ(Transport(a_)->Carry(peer, parcel.folder, parcel.outer).error().code, Code::kDenied);
  EXPECT_EQ(Transport(KeysFor(-1, 1))->Carry(LeadAsPeer(), parcel.folder, parcel.outer).error().code, Code::kDenied);
  EXPECT_EQ(Transport(KeysFor(-2, -1))->Carry(LeadAsPeer(), parcel.folder, parcel.outer).error().code, Code::kDenied);
  EXPECT_EQ(server_->metrics().parcels_delivered, 0U);
  server_.reset();
  EXPECT_EQ(Transport(a_)->Carry(LeadAsPeerAt(1), parcel.folder, parcel.outer).error().code, Code::kUnavailable);
}

TEST_F(TransportTest, AKeptConnectionThatWasClosedMeanwhileIsMadeAnew) {
  const auto transport = Transport(a_);
  const Parcel first = MakeParcel("at-bk", 'a', {10});
  ASSERT_TRUE(transport->Carry(LeadAsPeer(), first.folder, first.outer));
  ServerOptions options = Options();
  options.listen = "127.0.0.1:" + std::to_string(server_->port());
  Start(options);
  const Parcel second = MakeParcel("at-bk", 'b', {10});
  const auto receipt = transport->Carry(LeadAsPeer(), second.folder, second.outer);
  EXPECT_TRUE(receipt) << receipt.error().message;
}

TEST_F(TransportTest, AParcelWhoseNodeRestartedGoesOnWhereItWas) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {100'000});
  {
    const auto client = Client(a_);
    const std::string path = "/v1/parcels/" + parcel.outer.id;
    ASSERT_EQ(client->Ask("PUT", path + "/outer", {}, AsBytes(parcel.outer_json))->status, 200);
    ASSERT_EQ(client
                  ->Ask("PUT", path + "/files/attachment%2Fpart-0", "Content-Range: bytes 0-59999/100000\r\n",
                        ByteView(parcel.content.at("attachment/part-0")).first(60'000))
                  ->status,
              200);
  }
  Start();
  const auto client = Client(a_);
  const auto state = client->Ask("GET", "/v1/parcels/" + parcel.outer.id);
  EXPECT_EQ(nlohmann::json::parse(state->body)["files"][0]["received_bytes"], 60'000);
  Bytes back;
  ASSERT_EQ(client
                ->Fetch("/v1/parcels/" + parcel.outer.id + "/files/attachment%2Fpart-0", "Range: bytes=1000-\r\n",
                        SinkTo(back))
                ->status,
            206);
  EXPECT_EQ(back, ToBytes(ByteView(parcel.content.at("attachment/part-0")).subspan(1'000, 59'000)));
  EXPECT_TRUE(Transport(a_)->Carry(LeadAsPeer(), parcel.folder, parcel.outer));
  EXPECT_LT(server_->metrics().bytes_in, 60'000U);
}

TEST_F(TransportTest, SeventyClientsAtOnceAreAllServed) {
  constexpr size_t kClients = 70;
  std::vector<Parcel> parcels;
  for (size_t i = 0; i < kClients; ++i) {
    parcels.push_back(MakeParcel("at-bk", 'a', {20'000}));
    Parcel& parcel = parcels.back();
    parcel.outer.id = "msg-" + std::string(14, 'a') + static_cast<char>('a' + i / 26) + static_cast<char>('a' + i % 26);
    parcel.folder += std::to_string(i);
    fs::copy((folder_ / "at-bka").string(), parcel.folder, fs::copy_options::recursive);
    Save(parcel.folder + "/outer.json", AsBytes(exchange::OuterText(parcel.outer)));
  }
  std::vector<std::unique_ptr<HttpsClient>> idle;  // all connections at once
  for (size_t i = 0; i < kClients; ++i) idle.push_back(Client(i % 2 == 0 ? a_ : b_));
  EXPECT_GE(server_->metrics().connections_open, kClients);
  std::atomic<int> delivered = 0;
  std::vector<std::thread> threads;
  for (const Parcel& parcel : parcels) {
    threads.emplace_back([&, this] {
      if (Transport(a_)->Carry(LeadAsPeer(), parcel.folder, parcel.outer)) ++delivered;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(delivered, static_cast<int>(kClients));
  EXPECT_EQ(desk_.taken(), kClients);
  for (const auto& client : idle) EXPECT_EQ(client->Ask("GET", "/livez")->status, 200);
}

TEST_F(TransportTest, TooManyConnectionsAndTooManyRequestsAreTurnedAway) {
  ServerOptions options = Options();
  options.connections_per_peer_max = 2;
  options.requests_burst = 3;
  options.requests_per_second = 1e-9;
  Start(options);
  const auto first = Client(a_);
  const auto second = Client(a_);
  EXPECT_EQ(first->Ask("GET", "/livez")->status, 200);
  EXPECT_EQ(second->Ask("GET", "/livez")->status, 200);
  EXPECT_EQ(Client(a_)->Ask("GET", "/livez")->status, 503);
  EXPECT_EQ(Client(b_)->Ask("GET", "/livez")->status, 200);
  EXPECT_EQ(first->Ask("GET", "/livez")->status, 200);
  EXPECT_EQ(first->Ask("GET", "/livez")->status, 503);
  EXPECT_GE(server_->metrics().refused_rate, 1U);
  EXPECT_GE(server_->metrics().refused_full, 1U);
}

TEST_F(TransportTest, StoppingFinishesTheRunningDeliveryAndTakesNoMore) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {1'000});
  desk_.Shut();
  Result<std::optional<Bytes>> receipt = Fail(Code::kUnavailable, "");
  const auto idle = Client(b_);
  std::thread carrying([&, this] { receipt = Transport(a_)->Carry(LeadAsPeer(), parcel.folder, parcel.outer); });
  desk_.WaitForTake();
  server_->Stop();
  EXPECT_FALSE(idle->Ask("GET", "/livez"));  // was waiting: closed
  EXPECT_FALSE(HttpsClient::Connect(Tls(b_), {.host = "127.0.0.1", .port = server_->port()}, lead_.pin));
  desk_.Open();
  carrying.join();
  EXPECT_TRUE(receipt) << receipt.error().message;
  server_->Wait();
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
}

TEST_F(TransportTest, TheHealthListenerIsForLoopbackOnly) {
  ServerOptions options = Options();
  options.plain_health = "0.0.0.0:0";
  const auto server = Server::Start(env_, desk_, options, ServiceManager("", ""));
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kInvalid);
  options = Options();
  options.listen = "localhost:1";
  EXPECT_EQ(Server::Start(env_, desk_, options, ServiceManager("", "")).error().code, Code::kInvalid);
  options.listen = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(Server::Start(env_, desk_, options, ServiceManager("", "")).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace crossguard::server
