#include "server/http_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

namespace crossguard::server {
namespace {

namespace http = boost::beast::http;

std::string ToString(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::unexpected<Error> BadHead() {
  return Fail(Code::kInvalid, "This is not an HTTP/1.1 message head: send it as RFC 9112 has it.");
}

template <bool kIsRequest>
Status ParseInto(ByteView head, http::parser<kIsRequest, http::empty_body>& parser) {
  if (head.size() > kHeadMaxBytes)
    return Fail(Code::kExhausted, "The head is too long: send fewer and shorter fields.");
  // A folded line (obs-fold) is one field to some readers and two to others.
  const std::string_view text = AsText(head);
  if (text.find("\r\n ") != std::string_view::npos || text.find("\r\n\t") != std::string_view::npos) return BadHead();
  parser.header_limit(static_cast<std::uint32_t>(kHeadMaxBytes));
  parser.body_limit(UINT64_MAX);
  parser.skip(true);  // the body is counted by whoever reads the socket
  boost::beast::error_code error;
  const size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error || used != head.size() || !parser.is_header_done()) return BadHead();
  return {};
}

// Digits alone; nullopt: something else.
std::optional<uint64_t> Length(std::string_view text) {
  uint64_t value = 0;
  if (text.empty() || text.size() > 18) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The one value of a field that may stand once.
template <class Fields>
Result<std::optional<std::string>> Single(const Fields& fields, http::field name) {
  const auto range = fields.equal_range(name);
  if (range.first == range.second) return std::optional<std::string>();
  if (std::next(range.first) != range.second) return Fail(Code::kInvalid, "A field stands twice: send each once.");
  return std::optional<std::string>(ToString(range.first->value()));
}

struct Framing {
  uint64_t content_length = 0;
  bool keep_alive = true;
};

// What says where the message ends, and whether another follows.
template <class Fields>
Result<Framing> ReadFraming(const Fields& fields) {
  if (static_cast<size_t>(std::distance(fields.begin(), fields.end())) > kFieldsMax)
    return Fail(Code::kExhausted, "The head has too many fields: send fewer.");
  if (fields.count(http::field::transfer_encoding) != 0)
    return Fail(Code::kUnsupported, "Send a Content-Length: no transfer encoding is taken here.");
  Framing framing;
  const auto length = TRY(Single(fields, http::field::content_length));
  if (length) {
    const auto value = Length(*length);
    if (!value) return Fail(Code::kInvalid, "Content-Length is not a number: send the body's size in bytes.");
    framing.content_length = *value;
  }
  const auto connection = TRY(Single(fields, http::field::connection));
  framing.keep_alive = !connection || !boost::beast::iequals(*connection, "close");
  return framing;
}

}  // namespace

std::optional<size_t> HeadEnd(ByteView so_far, size_t looked_at) {
  const size_t from = looked_at < 3 ? 0 : looked_at - 3;
  const size_t at = AsText(so_far).find("\r\n\r\n", from);
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

Result<RequestHead> ParseRequestHead(ByteView head) {
  http::request_parser<http::empty_body> parser;
  TRY(ParseInto(head, parser));
  const auto& message = parser.get();
  if (message.version() != 11) return Fail(Code::kUnsupported, "Only HTTP/1.1 is spoken here: ask again with it.");
  const Framing framing = TRY(ReadFraming(message.base()));
  if (message.count(http::field::host) != 1) return Fail(Code::kInvalid, "Send one Host field.");
  RequestHead out;
  out.content_length = framing.content_length;
  out.keep_alive = framing.keep_alive;
  out.method = ToString(message.method_string());
  out.target = ToString(message.target());
  if (!out.target.starts_with('/')) return Fail(Code::kInvalid, "The target is a path that begins with '/'.");
  if (out.target.size() > kTargetMaxBytes) return Fail(Code::kExhausted, "The target is too long: use a shorter name.");
  const auto expect = TRY(Single(message.base(), http::field::expect));
  if (expect && !boost::beast::iequals(*expect, "100-continue"))
    return Fail(Code::kUnsupported, "Only 'Expect: 100-continue' is known here.");
  out.expects_continue = expect.has_value();
  out.content_range = TRY(Single(message.base(), http::field::content_range));
  out.range = TRY(Single(message.base(), http::field::range));
  return out;
}

Result<ResponseHead> ParseResponseHead(ByteView head) {
  http::response_parser<http::empty_body> parser;
  TRY(ParseInto(head, parser));
  const auto& message = parser.get();
  if (message.version() != 11) return Fail(Code::kUnsupported, "The other side does not speak HTTP/1.1.");
  const Framing framing = TRY(ReadFraming(message.base()));
  return ResponseHead{.status = static_cast<int>(message.result_int()),
                      .content_length = framing.content_length,
                      .keep_alive = framing.keep_alive};
}

}  // namespace crossguard::server
