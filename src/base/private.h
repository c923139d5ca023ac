// Private<T>: a person's data. It cannot be printed, logged, compared with text or turned into T by accident;
// whoever needs the value says reveal(), which a reader and a search can find.
#pragma once

#include <utility>

namespace crossguard {

template <class T>
class Private {
 public:
  Private() = default;
  explicit Private(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }
  bool operator==(const Private&) const = default;

 private:
  T value_{};
};

}  // namespace crossguard
