// Two kinds of name for a thing: Key<Noun>, the register's row number, which never leaves the house; and Id<Noun>, the
// public text ("acc-k3v9..."), unguessable and without order, which people, packages and the ledger use.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace crossguard {

template <class Noun>
struct Key {
  int64_t value = 0;  // 0 = none
  auto operator<=>(const Key&) const = default;
  explicit operator bool() const { return value != 0; }
};

template <class Noun>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

}  // namespace crossguard

template <class Noun>
struct std::hash<crossguard::Key<Noun>> {
  size_t operator()(const crossguard::Key<Noun>& key) const noexcept { return std::hash<int64_t>()(key.value); }
};
