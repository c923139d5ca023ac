#include "server/status.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard::server {
namespace {

struct Row {
  Code code;
  int status;
  std::string_view phrase;
};
constexpr std::array<Row, 8> kTable = {{{Code::kInvalid, 400, "Bad Request"},
                                        {Code::kDenied, 403, "Forbidden"},
                                        {Code::kNotFound, 404, "Not Found"},
                                        {Code::kConflict, 409, "Conflict"},
                                        {Code::kExhausted, 413, "Content Too Large"},
                                        {Code::kCorrupt, 422, "Unprocessable Content"},
                                        {Code::kUnsupported, 501, "Not Implemented"},
                                        {Code::kUnavailable, 503, "Service Unavailable"}}};
constexpr size_t kMessageMaxBytes = 500;

}  // namespace

int HttpStatus(Code code) {
  const auto row = std::ranges::find(kTable, code, &Row::code);
  CHECK(row != kTable.end());
  return row->status;
}

std::string_view ReasonPhrase(int status) {
  if (status == 100) return "Continue";
  if (status == 200) return "OK";
  if (status == 206) return "Partial Content";
  const auto row = std::ranges::find(kTable, status, &Row::status);
  CHECK(row != kTable.end());
  return row->phrase;
}

std::string ErrorBody(const Error& error) {
  nlohmann::json body;
  body["error"]["code"] = Name(error.code);
  body["error"]["message"] = error.message;
  return Canonical(body);
}

Error ErrorOfAnswer(int status, ByteView body) {
  const auto by_status = std::ranges::find(kTable, status, &Row::status);
  Error out{.code = by_status != kTable.end() ? by_status->code
                    : status >= 500           ? Code::kUnavailable
                                              : Code::kInvalid,
            .message = "The other side answered with status " + std::to_string(status) + "."};
  const auto json = ParseJson(body);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_object()) return out;
  const auto& error = json["error"];
  const auto code = error.find("code");
  const auto message = error.find("message");
  if (code == error.end() || !code->is_string() || message == error.end() || !message->is_string()) return out;
  const auto named = std::ranges::find_if(
      kTable, [&](const Row& row) { return Name(row.code) == code->get_ref<const std::string&>(); });
  if (named != kTable.end()) out.code = named->code;
  std::string text = message->get<std::string>().substr(0, kMessageMaxBytes);
  std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, ' ');
  out.message = "The other side says: " + ToValidUtf8(text);
  return out;
}

}  // namespace crossguard::server
