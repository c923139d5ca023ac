// Both ends of the TLS machine in one thread, with the wire in the test's hands.
#include "crypto/tls.h"

#include <gtest/gtest.h>

#include "crypto/x509.h"
#include "env/random.h"

namespace crossguard {
namespace {

constexpr int64_t kDay = int64_t{86'400} * kMicrosPerSecond;

struct Identity {
  std::string certificate, key;
  Sha256 pin;
};

class TlsTest : public testing::Test {
 protected:
  Identity Make(int64_t from_day, int64_t until_day) {
    const PrivateKey key = PrivateKey::MakeP256(random_);
    const Certificate certificate = *MakeSelfSigned(
        {.common_name = "node", .not_before = Day(from_day), .not_after = Day(until_day)}, key, random_);
    return {certificate.Pem(), key.RevealPem(), certificate.KeyFingerprint()};
  }
  Instant Day(int64_t day) const { return {now_.micros + day * kDay}; }
  TlsContext Context(TlsRole role, const Identity& identity) {
    return *TlsContext::Make(role, identity.certificate, identity.key, [this] { return now_; });
  }
  // What one side has to say reaches the other.
  static void Carry(TlsSession& from, TlsSession& to) {
    Bytes& out = from.outgoing();
    size_t at = 0;
    while (at < out.size()) {
      const auto room = to.Room();
      const size_t take = std::min(room.size(), out.size() - at);
      if (take == 0) break;
      std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(at), take, room.begin());
      to.Filled(take);
      at += take;
    }
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(at));
  }
  struct Ends {
    Result<bool> client = false, server = false;
  };
  static Ends Shake(TlsSession& client, TlsSession& server) {
    Ends ends;
    for (int round = 0; round < 8; ++round) {
      if (ends.client && !*ends.client) ends.client = client.Handshake();
      Carry(client, server);
      if (ends.server && !*ends.server) ends.server = server.Handshake();
      Carry(server, client);
    }
    return ends;
  }

  SeededRandom random_{5};
  Instant now_ = *ParseInstant("2022-03-02T10:00:00Z");
  Identity ours_ = Make(-1, 1), theirs_ = Make(-1, 1);
};

TEST_F(TlsTest, BothSidesLearnTheOthersKeyAndBytesArriveWhole) {
  TlsSession server(Context(TlsRole::kServer, ours_));
  TlsSession client(Context(TlsRole::kClient, theirs_), ours_.pin);
  const Ends ends = Shake(client, server);
  ASSERT_TRUE(ends.client && *ends.client && ends.server && *ends.server);
  EXPECT_EQ(server.peer_key(), theirs_.pin);
  EXPECT_EQ(client.peer_key(), ours_.pin);

  Bytes sent(300'000);
  random_.Fill(sent);
  ASSERT_TRUE(client.Write(sent));
  Bytes got;
  while (got.size() < sent.size()) {
    Carry(client, server);
    Bytes piece(10'000);
    for (;;) {
      const auto bytes = server.Read(piece);
      ASSERT_TRUE(bytes);
      if (*bytes == 0) break;
      got.insert(got.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*bytes));
    }
  }
  EXPECT_EQ(got, sent);
  client.Close();
  Carry(client, server);
  Bytes piece(10);
  EXPECT_EQ(*server.Read(piece), 0U);
  EXPECT_TRUE(server.closed());
}

TEST_F(TlsTest, AServerWithAnotherKeyThanThePinnedOneIsDenied) {
  TlsSession server(Context(TlsRole::kServer, ours_));
  TlsSession client(Context(TlsRole::kClient, theirs_), theirs_.pin);
  const Ends ends = Shake(client, server);
  ASSERT_FALSE(ends.client);
  EXPECT_EQ(ends.client.error().code, Code::kDenied);
  EXPECT_FALSE(ends.server && *ends.server);
}

TEST_F(TlsTest, CertificatesOfYesterdayAndOfTomorrowAreDeniedOnBothSides) {
  for (const Identity& wrong : {Make(-3, -1), Make(1, 3)}) {
    TlsSession server(Context(TlsRole::kServer, ours_));
    TlsSession client(Context(TlsRole::kClient, wrong));
    const Ends ends = Shake(client, server);
    ASSERT_FALSE(ends.server);
    EXPECT_EQ(ends.server.error().code, Code::kDenied);
    Bytes piece(10);
    const auto read = client.Read(piece);  // the client's handshake had ended: the alert comes with the first read
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kDenied);

    TlsSession wrong_server(Context(TlsRole::kServer, wrong));
    TlsSession right_client(Context(TlsRole::kClient, ours_));
    EXPECT_EQ(Shake(right_client, wrong_server).client.error().code, Code::kDenied);
  }
}

TEST_F(TlsTest, AClientWithoutACertificateIsDenied) {
  TlsSession server(Context(TlsRole::kServer, ours_));
  TlsSession client(Context(TlsRole::kClient, {}));
  const Ends ends = Shake(client, server);
  ASSERT_FALSE(ends.server);
  EXPECT_EQ(ends.server.error().code, Code::kDenied);
}

TEST_F(TlsTest, ARecordedConversationSaysNothingToANewSession) {
  TlsSession server(Context(TlsRole::kServer, ours_));
  TlsSession client(Context(TlsRole::kClient, theirs_));
  Bytes tape;
  Result<bool> done_client = false;
  Result<bool> done_server = false;
  for (int round = 0; round < 8; ++round) {
    if (!*done_client) done_client = client.Handshake();
    tape.insert(tape.end(), client.outgoing().begin(), client.outgoing().end());
    Carry(client, server);
    if (!*done_server) done_server = server.Handshake();
    Carry(server, client);
  }
  ASSERT_TRUE(*done_client && *done_server);
  ASSERT_TRUE(client.Write(AsBytes("again")));
  tape.insert(tape.end(), client.outgoing().begin(), client.outgoing().end());

  TlsSession other(Context(TlsRole::kServer, ours_));
  const auto room = other.Room();
  ASSERT_LE(tape.size(), room.size());
  std::ranges::copy(tape, room.begin());
  other.Filled(tape.size());
  Result<bool> replayed = false;
  for (int round = 0; round < 4 && replayed && !*replayed; ++round) replayed = other.Handshake();
  EXPECT_FALSE(replayed);
}

TEST_F(TlsTest, AKeyThatIsNotTheCertificatesIsRefusedBeforeAnyConnection) {
  const auto context = TlsContext::Make(TlsRole::kServer, ours_.certificate, theirs_.key, [this] { return now_; });
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, Code::kInvalid);
}

TEST_F(TlsTest, AnythingElseThanTlsIsRefusedWithASentence) {
  TlsSession server(Context(TlsRole::kServer, ours_));
  const std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::ranges::copy(AsBytes(text), server.Room().begin());
  server.Filled(text.size());
  const auto shaken = server.Handshake();
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace crossguard
