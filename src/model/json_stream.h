// A stranger's JSON (RFC 8259) read as a stream of events, with limits that hold before anything is stored. Memory is
// one token, whatever the size of the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard {

struct JsonLimits {
  size_t depth_max = 32;
  // A string or number longer than this reaches the handler cut, with `cut` set. Beyond four times this in escapes
  // alone the document is refused.
  size_t token_max_bytes = 64 * 1024;
};

// Any error returned stops the reading and comes back from ReadJson.
class JsonHandler {
 public:
  virtual ~JsonHandler() = default;
  virtual Status StartObject() = 0;
  virtual Status EndObject() = 0;
  virtual Status StartArray() = 0;
  virtual Status EndArray() = 0;
  virtual Status Key(std::string_view name) = 0;
  virtual Status Text(std::string_view value, bool cut) = 0;
  virtual Status Number(std::string_view digits) = 0;  // as an integer where it is one, else as written
  virtual Status Bool(bool value) = 0;
  virtual Status Null() = 0;
};

// Fills a part of `out` and returns how many bytes; 0 is the end.
using JsonSource = std::function<Result<size_t>(std::span<uint8_t> out)>;

// One document; a UTF-8 BOM before it is allowed, anything but white space after it is not. kInvalid names the byte
// where it breaks (bad syntax, bad UTF-8, cut off); kExhausted: too deep.
Status ReadJson(const JsonSource& source, const JsonLimits& limits, JsonHandler& handler);
Status ReadJson(ByteView bytes, const JsonLimits& limits, JsonHandler& handler);

}  // namespace crossguard
