// Operational log: an event name and typed fields, one JSON line on the given stream. What may be logged is a closed
// list of types; a free string, a Private<T> or anything else does not compile (tests/misuse). Logs may be lost; the
// ledger may not.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/id.h"

namespace crossguard {

// A text that is part of the program, not of the data: only a string literal makes one.
class Literal {
 public:
  template <size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT: implicit on purpose
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Count {
  uint64_t value;
};
struct ByteCount {
  uint64_t value;
};

class LogField {
 public:
  LogField(Literal name, Count count) : name_(name.text()), json_(std::to_string(count.value)) {}
  LogField(Literal name, ByteCount bytes) : name_(name.text()), json_(std::to_string(bytes.value)) {}
  LogField(Literal name, bool value) : name_(name.text()), json_(value ? "true" : "false") {}
  LogField(Literal name, Code code) : name_(name.text()), json_('"' + std::string(Name(code)) + '"') {}
  LogField(Literal name, Literal value) : name_(name.text()), json_('"' + std::string(value.text()) + '"') {}
  LogField(Literal name, std::chrono::microseconds value) : name_(name.text()), json_(std::to_string(value.count())) {}
  template <class Noun>
  LogField(Literal name, const Id<Noun>& id) : name_(name.text()), json_('"' + id.text() + '"') {}
  template <class T>
  LogField(Literal, const T&) = delete;

  std::string_view name() const { return name_; }
  const std::string& json() const { return json_; }

 private:
  std::string_view name_;
  std::string json_;
};

class Log {
 public:
  explicit Log(std::FILE* stream) : stream_(stream) {}  // nullptr: silent. The stream must outlive the log.
  void Event(Literal event, std::initializer_list<LogField> fields) const;

 private:
  std::FILE* stream_;
};

}  // namespace crossguard
