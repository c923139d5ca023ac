// Every route of api/openapi.yaml × everybody who may not: read from the file itself, asked of the running server.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "base/json.h"
#include "server/http_head.h"
#include "server/routes.h"
#include "server/testing_node.h"

namespace crossguard::server {
namespace {

using namespace testing_node;  // NOLINT: this room's test words

struct Documented {
  std::string method, path, operation, listener;
  uint64_t body_max_bytes = 0;
  std::set<std::string> responses;
};

// As much YAML as the file uses: its own indentation. Independent of cmake/routes.cmake, which the product is made by.
std::vector<Documented> ReadOpenApi() {
  std::ifstream in(std::string(CROSSGUARD_SOURCE_DIR) + "/api/openapi.yaml");
  std::vector<Documented> out;
  std::string path;
  bool in_paths = false;
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    if (std::regex_match(line, m, std::regex(R"re(^(\w+):.*)re"))) in_paths = m[1] == "paths";
    if (!in_paths) continue;
    if (std::regex_match(line, m, std::regex(R"re(^  (/\S*):)re"))) path = m[1];
    if (std::regex_match(line, m, std::regex(R"re(^    (get|put|post|delete|patch|head):)re"))) {
      std::string method = m[1];
      std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      out.push_back({.method = method, .path = path, .operation = {}, .listener = {}, .responses = {}});
    }
    if (std::regex_match(line, m, std::regex(R"re(^      operationId: (\w+))re"))) out.back().operation = m[1];
    if (std::regex_match(line, m, std::regex(R"re(^      x-listener: (\w+))re"))) out.back().listener = m[1];
    if (std::regex_match(line, m, std::regex(R"re(^      x-body-max-bytes: (\d+))re")))
      out.back().body_max_bytes = std::stoull(m[1]);
    if (std::regex_match(line, m, std::regex(R"re(^        "?(\d{3}|default)"?: .*)re")))
      out.back().responses.insert(m[1]);
  }
  return out;
}

class MatrixTest : public NodeTest {
 protected:
  MatrixTest() { Start(); }

  std::string TargetOf(const Documented& route, const std::string& id, const std::string& name = "envelope.age") const {
    std::string target = std::regex_replace(route.path, std::regex(R"re(\{id\})re"), id);
    return std::regex_replace(target, std::regex(R"re(\{name\})re"), name);
  }
  // The request that route would take from at-bk, with further fields.
  std::string Text(const Documented& route, const Parcel& parcel, const std::string& fields = {}) const {
    std::string body;
    if (route.operation == "PutOuter") body = parcel.outer_json;
    if (route.operation == "PutFile") body = std::string(AsText(parcel.content.at("envelope.age")));
    return route.method + " " + TargetOf(route, parcel.outer.id) + " HTTP/1.1\r\nHost: n\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
  }
  Said Ask(const TlsContext& tls, const std::string& text) {
    RawClient client(server_->port(), tls);
    client.Send(text);
    return client.Hear();
  }
  // An answer of ours, or silence.
  static void ExpectRefused(const Said& said, const std::string& who) {
    EXPECT_FALSE(said.permitted()) << who << ": " << said.text;
    if (said.statuses.empty()) return;
    const size_t body = said.text.find("\r\n\r\n");
    ASSERT_NE(body, std::string::npos) << who;
    const auto json = ParseJson(said.text.substr(body + 4));
    ASSERT_TRUE(json.is_object() && json.contains("error")) << who << ": " << said.text;
    EXPECT_TRUE(json["error"]["code"].is_string() && json["error"]["message"].is_string()) << who;
  }
  // at-bk's parcel, ready to be delivered.
  Parcel Ready(char letter) {
    Parcel parcel = MakeParcel("at-bk", letter, {});
    const auto client = Client(a_);
    EXPECT_EQ(client->Ask("PUT", "/v1/parcels/" + parcel.outer.id + "/outer", {}, AsBytes(parcel.outer_json))->status,
              200);
    EXPECT_EQ(client
                  ->Ask("PUT", "/v1/parcels/" + parcel.outer.id + "/files/envelope.age", {},
                        parcel.content.at("envelope.age"))
                  ->status,
              200);
    return parcel;
  }

  const std::vector<Documented> routes_ = ReadOpenApi();
};

TEST_F(MatrixTest, TheDocumentAndTheTableAreOneSet) {
  ASSERT_EQ(routes_.size(), Routes().size());
  for (const Documented& route : routes_) {
    const auto row = std::ranges::find(Routes(), route.operation, &Route::name);
    ASSERT_NE(row, Routes().end()) << route.operation;
    EXPECT_EQ(row->method, route.method);
    EXPECT_EQ(row->path, route.path);
    EXPECT_EQ(row->listener, route.listener);
    EXPECT_EQ(row->body_max_bytes, route.body_max_bytes);
    EXPECT_TRUE(route.responses.contains("default"));
  }
}

TEST_F(MatrixTest, EveryRouteAnswersItsOwnCallerAsDocumented) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {});
  // The order of a parcel's life.
  for (const char* operation : {"GetIdentity", "PutOuter", "GetParcel", "PutFile", "GetFile", "PostDeliver",
                                "GetReceipt", "GetParcel", "GetLivez", "GetReadyz", "GetMetrics"}) {
    const auto route = std::ranges::find(routes_, operation, &Documented::operation);
    ASSERT_NE(route, routes_.end());
    if (route->listener != "health") {
      const Said said = Ask(Tls(a_), Text(*route, parcel));
      EXPECT_EQ(said.statuses, std::vector<int>{200}) << operation << ": " << said.text;
      EXPECT_TRUE(route->responses.contains("200"));
    }
    RawClient health(server_->health_port());
    health.Send(Text(*route, parcel));
    const Said said = health.Hear();
    EXPECT_EQ(said.statuses, std::vector<int>{route->listener == "node" ? 403 : 200}) << operation << ": " << said.text;
  }
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
}

TEST_F(MatrixTest, NobodyWithoutAPinnedValidKeyIsAnsweredOnAnyRoute) {
  const Parcel parcel = Ready('a');
  const Keys expired = KeysFor(-2, -1);
  const Keys of_tomorrow = KeysFor(1, 2);
  const Keys unknown = KeysFor(-1, 1);
  const Keys revoked = KeysFor(-1, 1);
  desk_.Pin(expired.pin, "at-bk");
  desk_.Pin(of_tomorrow.pin, "at-bk");
  desk_.Pin(revoked.pin, "at-bk");
  RawClient before_revocation(server_->port(), Tls(revoked));
  desk_.Revoke(revoked.pin);
  const std::string forged =
      "X-Peer: at-bk\r\nX-Forwarded-Client-Cert: at-bk\r\nX-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-S-DN: at-bk\r\n"
      "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nAuthorization: Basic YXQtYms6\r\n";
  size_t asked = 0;
  for (const Documented& route : routes_) {
    for (const std::string& fields : {std::string(), forged}) {
      const std::string text = Text(route, parcel, fields);
      ExpectRefused(Ask(Tls({}), text), "no certificate, " + route.operation);
      ExpectRefused(Ask(Tls(expired), text), "expired, " + route.operation);
      ExpectRefused(Ask(Tls(of_tomorrow), text), "not yet valid, " + route.operation);
      const Said stranger = Ask(Tls(unknown), text);
      ExpectRefused(stranger, "unknown key, " + route.operation);
      EXPECT_EQ(stranger.statuses, std::vector<int>{403}) << route.operation;
      const Said after = Ask(Tls(revoked), text);
      ExpectRefused(after, "revoked, " + route.operation);
      EXPECT_EQ(after.statuses, std::vector<int>{403}) << route.operation;
      RawClient plain(server_->port());
      plain.Send(text);
      EXPECT_FALSE(plain.Hear().permitted()) << "no TLS, " << route.operation;
      asked += 6;
    }
  }
  before_revocation.Send(Text(routes_[1], parcel));  // a connection from before
  ExpectRefused(before_revocation.Hear(), "revoked meanwhile");
  EXPECT_EQ(asked, routes_.size() * 12);
  EXPECT_EQ(desk_.taken(), 0U);
  EXPECT_GE(server_->metrics().handshakes_failed, routes_.size() * 2);
  EXPECT_GE(server_->metrics().refused_unknown_key, routes_.size() * 2);
}

TEST_F(MatrixTest, AnotherAuthoritySeesAndTouchesNothingOfAParcel) {
  const Parcel parcel = Ready('a');
  for (const std::string& fields :
       {std::string(), std::string("X-Peer: at-bk\r\nX-Forwarded-Client-Cert: at-bk\r\n")}) {
    for (const Documented& route : routes_) {
      if (!route.path.contains("{id}")) continue;
      const Said said = Ask(Tls(b_), Text(route, parcel, fields));
      ExpectRefused(said, "another authority, " + route.operation);
      // No difference between a parcel of somebody else and none at all.
      Parcel none = parcel;
      none.outer.id = "msg-" + std::string(16, 'z');
      if (route.operation == "PutOuter") continue;
      EXPECT_EQ(said.text, Ask(Tls(b_), Text(route, none, fields)).text) << route.operation;
    }
  }
  EXPECT_EQ(desk_.taken(), 0U);
  EXPECT_EQ(Client(a_)->Ask("POST", "/v1/parcels/" + parcel.outer.id + "/deliver")->status, 200);
}

TEST_F(MatrixTest, TlsOfYesterdayIsRefused) {
  // A ClientHello of TLS 1.2 (RFC 5246) without supported_versions.
  Bytes hello = {0x16, 0x03, 0x01, 0x00, 0x31, 0x01, 0x00, 0x00, 0x2D, 0x03, 0x03};
  hello.insert(hello.end(), 32, 0x42);
  const Bytes rest = {0x00, 0x00, 0x06, 0xC0, 0x2F, 0xC0, 0x2B, 0x00, 0x9C, 0x01, 0x00};
  hello.insert(hello.end(), rest.begin(), rest.end());
  hello[4] = static_cast<uint8_t>(hello.size() - 5);
  hello[8] = static_cast<uint8_t>(hello.size() - 9);
  RawClient client(server_->port());
  client.SendWire(hello);
  const Said said = client.Hear();
  ASSERT_EQ(said.text.size(), 7U);
  EXPECT_EQ(said.text[0], 0x15);                               // alert
  EXPECT_EQ(said.text.substr(5), std::string("\x02\x46", 2));  // fatal, protocol_version
}

TEST_F(MatrixTest, AReplayedConversationHasNoEffect) {
  for (const Documented& route : routes_) {
    const Parcel parcel = Ready(static_cast<char>('a' + (&route - routes_.data())));
    RawClient first(server_->port(), Tls(a_));
    first.Send(Text(route, parcel));
    first.Hear();
    const size_t taken = desk_.taken();
    RawClient again(server_->port());
    again.SendWire(first.tape());
    again.EndSending();
    EXPECT_FALSE(again.Hear().permitted()) << route.operation;
    EXPECT_EQ(desk_.taken(), taken);
  }
}

TEST_F(MatrixTest, ADeliveryAskedAgainGivesTheSameReceiptAndNoSecondEffect) {
  const Parcel parcel = Ready('a');
  const auto client = Client(a_);
  const auto first = client->Ask("POST", "/v1/parcels/" + parcel.outer.id + "/deliver");
  const auto second = client->Ask("POST", "/v1/parcels/" + parcel.outer.id + "/deliver");
  EXPECT_EQ(second->status, 200);
  EXPECT_EQ(first->body, second->body);
  EXPECT_EQ(desk_.taken("at-bk", parcel.outer.id), 1);
  EXPECT_EQ(client->Ask("PUT", "/v1/parcels/" + parcel.outer.id + "/outer", {}, AsBytes(parcel.outer_json))->status,
            409);
}

TEST_F(MatrixTest, BodiesThatAreTooLongOrUnwantedAreRefusedUnread) {
  const Parcel parcel = Ready('a');
  for (const Documented& route : routes_) {
    const std::string start =
        route.method + " " + TargetOf(route, parcel.outer.id) + " HTTP/1.1\r\nHost: n\r\nConnection: close\r\n";
    const Said said = Ask(Tls(a_), start + "Content-Length: " + std::to_string(route.body_max_bytes + 1) + "\r\n\r\nx");
    ExpectRefused(said, "oversize, " + route.operation);
    EXPECT_EQ(said.statuses, std::vector<int>{route.listener == "health" ? 403 : 413}) << route.operation;
    ExpectRefused(Ask(Tls(a_), start + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), route.operation);
  }
  EXPECT_EQ(desk_.taken(), 0U);
}

TEST_F(MatrixTest, RangesAndNamesThatLeaveTheirFileAreRefused) {
  const Parcel parcel = MakeParcel("at-bk", 'a', {});
  const auto client = Client(a_);
  ASSERT_EQ(client->Ask("PUT", "/v1/parcels/" + parcel.outer.id + "/outer", {}, AsBytes(parcel.outer_json))->status,
            200);
  for (const Documented& route : routes_) {
    if (!route.path.contains("{name}")) continue;
    const std::string field = route.method == "PUT" ? "Content-Range" : "Range";
    for (const char* range : {"bytes", "bytes 5-1/1000", "bytes 0-2000/2000", "bytes 900-1900/1000", "bytes=9-1",
                              "bytes=5000-", "bytes 1-1000/1001", "lines 0-999/1000"}) {
      const Said said = Ask(Tls(a_), Text(route, parcel, field + ": " + range + "\r\n"));
      ExpectRefused(said, std::string(range) + ", " + route.operation);
    }
    for (const char* name : {"..", "%2e%2e%2fouter.json", "..%2F..%2Fx", "%2Fetc%2Fpasswd", "outer.json", "a%00b",
                             "a%5C..%5Cb", "attachment%2F..%2F..%2Fx", "unnamed", "%", ""}) {
      const std::string text = route.method + " " + TargetOf(route, parcel.outer.id, name) +
                               " HTTP/1.1\r\nHost: n\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
      ExpectRefused(Ask(Tls(a_), text), std::string(name) + ", " + route.operation);
    }
  }
  size_t files = 0;
  for (const auto& item : fs::recursive_directory_iterator(folder_)) files += item.is_regular_file() ? 1U : 0U;
  EXPECT_EQ(files, 3U);  // the sender's two, and the outer.json that arrived
}

TEST_F(MatrixTest, GarbageBehindARequestEndsTheConnection) {
  for (const Documented& route : routes_) {
    const Parcel parcel = Ready(static_cast<char>('a' + (&route - routes_.data())));
    std::string text = Text(route, parcel);
    text.erase(text.find("Connection: close\r\n"), 19);
    for (const std::string& garbage :
         {std::string("\x16\x03\x01\r\n\r\n"), std::string("GET /livez\r\n\r\n"),
          std::string("0\r\n\r\nGET /livez HTTP/1.1\r\n\r\n"), std::string(kHeadMaxBytes + 100, 'A')}) {
      const Said said = Ask(Tls(a_), text + garbage);
      ASSERT_EQ(said.statuses.size(), 2U) << route.operation << said.text;
      EXPECT_GE(said.statuses[1], 400) << route.operation;
    }
  }
}

TEST_F(MatrixTest, AClientThatDripsItsRequestIsCutOffOnEveryRoute) {
  const Parcel parcel = Ready('a');
  ServerOptions options = Options();
  options.header_micros = 300'000;
  options.idle_micros = 300'000;
  options.slow_micros = 300'000;
  Start(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (const Documented& route : routes_) {
    clients.push_back(std::make_unique<RawClient>(server_->port(), Tls(a_)));
    clients.back()->Send(Text(route, parcel).substr(0, 30));          // and no more
    clients.push_back(std::make_unique<RawClient>(server_->port()));  // not even a handshake
  }
  for (const auto& client : clients) EXPECT_TRUE(client->Hear().statuses.empty());
  EXPECT_GE(server_->metrics().closed_slow, routes_.size());
  // A body that drips is cut off as well, and what came is kept.
  RawClient slow(server_->port(), Tls(b_));
  slow.Send("PUT /v1/parcels/msg-" + std::string(16, 'b') +
            "/outer HTTP/1.1\r\nHost: n\r\nContent-Length: 900\r\n\r\n{");
  EXPECT_TRUE(slow.Hear().statuses.empty());
}

}  // namespace
}  // namespace crossguard::server
