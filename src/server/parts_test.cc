// The parts without a socket: heads, ranges, routes, codes, buckets, counters, the service manager.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/json.h"
#include "server/client.h"
#include "server/content_range.h"
#include "server/http_head.h"
#include "server/metrics.h"
#include "server/notify.h"
#include "server/routes.h"
#include "server/status.h"
#include "server/token_bucket.h"

namespace crossguard::server {
namespace {

Result<RequestHead> Parse(const std::string& text) {
  return ParseRequestHead(AsBytes(text));
}

TEST(HttpHead, IsTakenAsItWasWritten) {
  const auto head = Parse(
      "PUT /v1/parcels/x/files/a%2Fb HTTP/1.1\r\nHost: n\r\nContent-Length: 12\r\nContent-Range: bytes 0-11/12\r\n"
      "Expect: 100-continue\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "PUT");
  EXPECT_EQ(head->target, "/v1/parcels/x/files/a%2Fb");
  EXPECT_EQ(head->content_length, 12U);
  EXPECT_EQ(head->content_range, "bytes 0-11/12");
  EXPECT_TRUE(head->expects_continue);
  EXPECT_FALSE(head->keep_alive);
  EXPECT_FALSE(head->range);
}

TEST(HttpHead, WhatTwoReadersCouldUnderstandDifferentlyIsRefused) {
  const std::string start = "POST / HTTP/1.1\r\nHost: n\r\n";
  for (const std::string& bad : {
           start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
           start + "Content-Length: +1\r\n\r\n",
           start + "Content-Length: 1, 1\r\n\r\n",
           start + "Content-Length: 0x10\r\n\r\n",
           start + "Content-Length: 99999999999999999999999\r\n\r\n",
           start + "Transfer-Encoding: chunked\r\n\r\n",
           start + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n",
           start + "Content-Length : 1\r\n\r\n",
           start + "X: a\r\n b\r\n\r\n",
           start + "Host: m\r\n\r\n",
           start + "Content-Range: bytes 0-1/2\r\nContent-Range: bytes 0-2/3\r\n\r\n",
           start + "Expect: tea\r\n\r\n",
           std::string("POST / HTTP/1.1\r\n\r\n"),
           std::string("POST / HTTP/1.0\r\nHost: n\r\n\r\n"),
           std::string("POST http://n/ HTTP/1.1\r\nHost: n\r\n\r\n"),
           std::string("POST  / HTTP/1.1\r\nHost: n\r\n\r\n"),
           std::string("PO ST / HTTP/1.1\r\nHost: n\r\n\r\n"),
           std::string("POST / HTTP/1.1\nHost: n\n\n"),
           std::string("POST /\0 HTTP/1.1\r\nHost: n\r\n\r\n", 29),
       }) {
    EXPECT_FALSE(Parse(bad)) << bad;
  }
}

TEST(HttpHead, HasItsLimits) {
  std::string many = "GET / HTTP/1.1\r\nHost: n\r\n";
  for (size_t i = 0; i < kFieldsMax; ++i) many += "F" + std::to_string(i) + ": x\r\n";
  EXPECT_EQ(Parse(many + "\r\n").error().code, Code::kExhausted);
  EXPECT_EQ(Parse("GET /" + std::string(kTargetMaxBytes, 'a') + " HTTP/1.1\r\nHost: n\r\n\r\n").error().code,
            Code::kExhausted);
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: n\r\nX: " + std::string(kHeadMaxBytes, 'a') + "\r\n\r\n").error().code,
            Code::kExhausted);
}

TEST(HttpHead, EndsAtItsEmptyLineHoweverItComes) {
  const std::string text = "GET / HTTP/1.1\r\nHost: n\r\n\r\nmore";
  for (size_t first = 0; first < text.size(); ++first) {
    const auto early = HeadEnd(AsBytes(text).first(first), 0);
    const auto end = early ? early : HeadEnd(AsBytes(text), first);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, text.size() - 4);
  }
}

TEST(ContentRanges, OnlyTheOneFormIsTaken) {
  const auto range = ParseContentRange("bytes 5-9/20");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5U);
  EXPECT_EQ(range->length(), 5U);
  EXPECT_EQ(range->size_bytes, 20U);
  for (const char* bad : {"", "bytes", "bytes 5-9", "bytes 5-9/*", "bytes */20", "bytes 9-5/20", "bytes 5-20/20",
                          "bytes 5-9/20 ", " bytes 5-9/20", "bytes 5 -9/20", "bytes -5-9/20", "bytes +5-9/20",
                          "bytes 5-9/20/30", "Bytes 5-9/20", "items 5-9/20", "bytes 0x5-9/20",
                          "bytes 9999999999999999999-9999999999999999999/9", "bytes 0-18446744073709551615/9"})
    EXPECT_FALSE(ParseContentRange(bad)) << bad;
  EXPECT_TRUE(ParseRange("bytes=0-"));
  EXPECT_EQ(ParseRange("bytes=3-7")->last, 7U);
  for (const char* bad : {"", "bytes=", "bytes=-5", "bytes=5", "bytes=7-3", "bytes=0-1,3-4", "bytes 0-1", "bytes=0-1 "})
    EXPECT_FALSE(ParseRange(bad)) << bad;
}

TEST(Routes, NamesAndIdsAreDecodedOnceAndStayInside) {
  const auto target = Match(Listener::kNode, "PUT", "/v1/parcels/msg-a/files/attachment%2Fa%20b.zip");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->route->operation, Operation::kPutFile);
  EXPECT_EQ(target->id, "msg-a");
  EXPECT_EQ(target->name, "attachment/a b.zip");
  for (const char* bad :
       {"..",    "%2e%2e", "..%2fx", "a%2f..%2fb", "%2fetc", "a%2f%2fb", "a%2f", ".",   "a%00b",     "a%0ab",
        "a%5cb", "%",      "%2",     "%zz",        "a%c3",   "a b",      "a?b",  "a%2", "a%2f.%2fb", "a\x7f"})
    EXPECT_FALSE(Match(Listener::kNode, "PUT", "/v1/parcels/msg-a/files/" + std::string(bad))) << bad;
  for (const char* bad : {"%2e%2e", "A", "a%2fb", "-a", "a_b"})
    EXPECT_FALSE(Match(Listener::kNode, "GET", "/v1/parcels/" + std::string(bad))) << bad;
}

TEST(Routes, WhatIsNotInTheTableIsClosed) {
  EXPECT_EQ(Match(Listener::kNode, "GET", "/").error().code, Code::kNotFound);
  EXPECT_EQ(Match(Listener::kNode, "GET", "/v1/parcels/msg-a/").error().code, Code::kNotFound);
  EXPECT_EQ(Match(Listener::kNode, "GET", "//livez").error().code, Code::kNotFound);
  EXPECT_EQ(Match(Listener::kNode, "DELETE", "/v1/parcels/msg-a").error().code, Code::kUnsupported);
  EXPECT_EQ(Match(Listener::kNode, "get", "/livez").error().code, Code::kUnsupported);
  EXPECT_EQ(Match(Listener::kNode, "GET", "/metrics").error().code, Code::kDenied);
  EXPECT_EQ(Match(Listener::kHealth, "GET", "/v1/identity").error().code, Code::kDenied);
  EXPECT_TRUE(Match(Listener::kHealth, "GET", "/metrics"));
}

TEST(Status, EachCodeHasItsOwnStatusAndComesBack) {
  std::set<int> seen;
  for (int i = 1; i <= 8; ++i) {
    const Error error{static_cast<Code>(i), "Do this next."};
    const int status = HttpStatus(error.code);
    EXPECT_TRUE(seen.insert(status).second);
    EXPECT_FALSE(ReasonPhrase(status).empty());
    const Error back = ErrorOfAnswer(status, AsBytes(ErrorBody(error)));
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.message, "The other side says: Do this next.");
    EXPECT_EQ(ErrorOfAnswer(status, AsBytes("<html>")).code, error.code);
  }
  EXPECT_EQ(ErrorOfAnswer(502, {}).code, Code::kUnavailable);
  const Error hostile =
      ErrorOfAnswer(403, AsBytes("{\"error\":{\"code\":\"denied\",\"message\":\"a\\u001b[2Jb\\n\"}}"));
  EXPECT_EQ(hostile.message, "The other side says: a [2Jb ");
}

TEST(TokenBuckets, GiveTheirBurstAndThenTheirRate) {
  TokenBucket bucket(10, 3, 0);
  EXPECT_TRUE(bucket.Take(0) && bucket.Take(0) && bucket.Take(0));
  EXPECT_FALSE(bucket.Take(0));
  EXPECT_FALSE(bucket.Take(90'000));
  EXPECT_TRUE(bucket.Take(110'000));
  EXPECT_FALSE(bucket.Take(110'000));
  EXPECT_FALSE(bucket.Take(0));  // a clock that goes back gives nothing
  EXPECT_TRUE(bucket.Take(10'000'000) && bucket.Take(10'000'000) && bucket.Take(10'000'000));
  EXPECT_FALSE(bucket.Take(10'000'000));
}

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  Metrics metrics;
  metrics.CountRequest("GetParcel", 200);
  metrics.CountRequest("GetParcel", 200);
  metrics.CountRequest("none", 404);
  metrics.bytes_in = 7;
  const std::string text = metrics.Text(3);
  EXPECT_NE(text.find("crossguard_requests_total{route=\"GetParcel\",code=\"200\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("crossguard_requests_total{route=\"none\",code=\"404\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("crossguard_received_bytes_total 7\n"), std::string::npos);
  EXPECT_NE(text.find("crossguard_parcels{state=\"open\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("# TYPE crossguard_connections_open gauge\n"), std::string::npos);
}

TEST(ServiceManagers, HearWhatIsSaid) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("crossguard-notify-" + std::to_string(::getpid()))).string();
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof at.sun_path);
  std::copy(path.begin(), path.end(), at.sun_path);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  const ServiceManager manager(path, "3000000");
  EXPECT_EQ(manager.watchdog_micros(), 1'500'000);
  EXPECT_TRUE(manager.Say("READY=1"));
  char heard[32] = {};
  EXPECT_EQ(::recv(fd, heard, sizeof heard, 0), 7);
  EXPECT_STREQ(heard, "READY=1");
  ::close(fd);
  ::unlink(path.c_str());
  EXPECT_FALSE(manager.Say("READY=1"));
  EXPECT_FALSE(ServiceManager("", "").Say("READY=1"));
  EXPECT_EQ(ServiceManager("", "12x").watchdog_micros(), 0);
}

TEST(NodeAddresses, AreSchemeHostAndPortAndNothingElse) {
  EXPECT_EQ(ParseNodeAddress("https://node.example:8443")->port, 8443);
  EXPECT_EQ(ParseNodeAddress("https://[::1]:1/")->host, "::1");
  for (const char* bad : {"", "http://a:1", "https://a", "https://:1", "https://a:0", "https://a:99999",
                          "https://a:1/x", "https://u@a:1", "https://a:1x", "a:1"})
    EXPECT_FALSE(ParseNodeAddress(bad)) << bad;
}

}  // namespace
}  // namespace crossguard::server
