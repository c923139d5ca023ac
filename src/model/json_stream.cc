#include "model/json_stream.h"

#include <array>
#include <cstring>
#include <iterator>
#include <string>

#include "base/json.h"

namespace crossguard {
namespace {

// Stands between the source and the library's lexer, which buffers a whole token before it asks anybody: counts depth
// and token length on the raw bytes, and leaves out the rest of a string that is too long.
class Guard {
 public:
  Guard(const JsonSource& source, const JsonLimits& limits) : source_(source), limits_(limits) {
    Fill();
    static constexpr std::array<uint8_t, 3> kBom{0xEF, 0xBB, 0xBF};
    if (end_ >= 3 && std::memcmp(buffer_.data(), kBom.data(), 3) == 0) at_ = 3;
    Settle();
  }

  bool done() const { return done_; }
  char current() const { return static_cast<char>(current_); }
  void Next() { Settle(); }
  const Status& status() const { return status_; }
  uint64_t offset_bytes() const { return base_ + at_; }
  bool TakeCut() { return std::exchange(cut_, false); }

 private:
  void Stop(Code code, std::string message) {
    status_ = Fail(code, std::move(message));
    done_ = true;
  }

  // The first read fills at least three bytes if there are as many, so that a BOM is seen whole.
  void Fill() {
    base_ += end_;
    at_ = 0;
    end_ = 0;
    while (end_ < 3) {
      const auto got = source_(std::span(buffer_).subspan(end_));
      if (!got) {
        status_ = std::unexpected(got.error());
        done_ = true;
        return;
      }
      if (*got == 0) return;
      end_ += *got;
    }
  }

  // Moves to the next byte that the lexer shall see.
  void Settle() {
    while (!done_) {
      if (at_ == end_) Fill();
      if (done_) return;
      if (at_ == end_) {
        done_ = true;
        return;
      }
      current_ = buffer_[at_++];
      if (Pass(current_)) return;
    }
  }

  // True if the byte goes to the lexer.
  bool Pass(uint8_t byte) {
    if (!in_string_) return PassOutside(byte);
    ++token_bytes_;
    if (token_bytes_ > 4 * limits_.token_max_bytes && !skipping_) {
      Stop(Code::kExhausted,
           "The string at byte " + std::to_string(offset_bytes()) + " is too long; send shorter fields.");
      return false;
    }
    if (escaped_) {
      escaped_ = false;
      after_escape_ = 6;  // "\uXXXX" and the second half of a pair must stay whole
      return !skipping_;
    }
    if (byte == '\\') {
      escaped_ = true;
      return !skipping_;
    }
    if (byte == '"') {
      in_string_ = false;
      skipping_ = false;
      token_bytes_ = 0;
      return true;
    }
    if (after_escape_ > 0) {
      --after_escape_;
    } else if (!skipping_ && token_bytes_ > limits_.token_max_bytes && (byte & 0xC0) != 0x80) {
      skipping_ = true;
      cut_ = true;
    }
    return !skipping_;
  }

  bool PassOutside(uint8_t byte) {
    switch (byte) {
      case '"':
        in_string_ = true;
        escaped_ = false;
        after_escape_ = 0;
        token_bytes_ = 0;
        return true;
      case '[':
      case '{':
        if (++depth_ > limits_.depth_max) {
          Stop(Code::kExhausted, "The document is nested deeper than " + std::to_string(limits_.depth_max) +
                                     " levels at byte " + std::to_string(offset_bytes()) + "; send it flatter.");
          return false;
        }
        token_bytes_ = 0;
        return true;
      case ']':
      case '}':
        depth_ -= depth_ > 0 ? 1 : 0;
        token_bytes_ = 0;
        return true;
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case ',':
      case ':':
        token_bytes_ = 0;
        return true;
      default:
        break;
    }
    if (++token_bytes_ > 1'024) {
      Stop(Code::kInvalid, "The word or number at byte " + std::to_string(offset_bytes()) + " is too long for JSON.");
      return false;
    }
    return true;
  }

  const JsonSource& source_;
  const JsonLimits& limits_;
  std::array<uint8_t, 64 * 1024> buffer_{};
  size_t at_ = 0;
  size_t end_ = 0;
  uint64_t base_ = 0;
  uint8_t current_ = 0;
  bool done_ = false;
  Status status_;
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  int after_escape_ = 0;
  bool skipping_ = false;
  bool cut_ = false;
  size_t token_bytes_ = 0;
};

class GuardIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  GuardIterator() = default;
  explicit GuardIterator(Guard* guard) : guard_(guard) {}
  char operator*() const { return guard_->current(); }
  GuardIterator& operator++() {
    guard_->Next();
    return *this;
  }
  GuardIterator operator++(int) {
    GuardIterator before = *this;
    guard_->Next();
    return before;
  }
  bool operator==(const GuardIterator& other) const { return ended() == other.ended(); }

 private:
  bool ended() const { return guard_ == nullptr || guard_->done(); }
  Guard* guard_ = nullptr;
};

class Events final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Events(Guard& guard, JsonHandler& handler) : guard_(guard), handler_(handler) {}
  const Status& status() const { return status_; }

  bool null() override { return Keep(handler_.Null()); }
  bool boolean(bool value) override { return Keep(handler_.Bool(value)); }
  bool number_integer(number_integer_t value) override { return Keep(handler_.Number(std::to_string(value))); }
  bool number_unsigned(number_unsigned_t value) override { return Keep(handler_.Number(std::to_string(value))); }
  bool number_float(number_float_t, const string_t& text) override { return Keep(handler_.Number(text)); }
  bool string(string_t& value) override { return Keep(handler_.Text(value, guard_.TakeCut())); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Keep(handler_.StartObject()); }
  bool key(string_t& value) override {
    static_cast<void>(guard_.TakeCut());
    return Keep(handler_.Key(value));
  }
  bool end_object() override { return Keep(handler_.EndObject()); }
  bool start_array(std::size_t) override { return Keep(handler_.StartArray()); }
  bool end_array() override { return Keep(handler_.EndArray()); }
  // The library's text quotes the input, which may be a person's data: only the place is told.
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    if (!status_) return false;
    status_ = Fail(Code::kInvalid, "The JSON breaks at byte " + std::to_string(guard_.offset_bytes()) +
                                       "; ask for a whole, well-formed copy.");
    return false;
  }

 private:
  bool Keep(Status status) {
    if (!status) status_ = std::move(status);
    return status_.has_value();
  }
  Guard& guard_;
  JsonHandler& handler_;
  Status status_;
};

}  // namespace

Status ReadJson(const JsonSource& source, const JsonLimits& limits, JsonHandler& handler) {
  Guard guard(source, limits);
  Events events(guard, handler);
  const bool whole = nlohmann::json::sax_parse(GuardIterator(&guard), GuardIterator(), &events);
  if (!guard.status()) return guard.status();
  if (!whole) return events.status() ? Status(Fail(Code::kInvalid, "The document is not JSON.")) : events.status();
  return {};
}

Status ReadJson(ByteView bytes, const JsonLimits& limits, JsonHandler& handler) {
  size_t at = 0;
  return ReadJson(
      [&](std::span<uint8_t> out) -> Result<size_t> {
        const size_t take = std::min(out.size(), bytes.size() - at);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), take, out.begin());
        at += take;
        return take;
      },
      limits, handler);
}

}  // namespace crossguard
